"""Invented people of a fake Frappe HR site and their papers: salaries, appraisals, leaves."""

from __future__ import annotations

from plugin.domain import Json, JsonObject

ASSIGNMENT = "Salary Structure Assignment"


class Papers:
    """What a site is filled with; the site itself says how a document is stored."""

    company: str

    def insert(self, doctype: str, values: JsonObject) -> JsonObject:
        raise NotImplementedError

    def update(self, doctype: str, name: str, values: JsonObject) -> JsonObject:
        raise NotImplementedError

    def name_of(self, doctype: str, name: str) -> str | None:
        raise NotImplementedError

    def employee(self, name: str, **values: Json) -> str:
        """An invented person of the company; the id comes back."""
        email = name.lower().replace(" ", ".") + "@example.com"
        given: JsonObject = {
            "employee_name": name,
            "company": self.company,
            "status": "Active",
            "company_email": email,
            "user_id": email,
            "date_of_joining": "2020-01-01",
            "salary_currency": "EUR",
        }
        return str(self.insert("Employee", given | values)["name"])

    def structure(self, name: str, *, frequency: str = "Monthly", taxed: bool = False) -> str:
        """A submitted salary structure: base and variable are earned, ``taxed`` adds a tax component."""
        tax: JsonObject = {"salary_component": "Wage Tax", "variable_based_on_taxable_salary": 1}
        earnings: list[Json] = [
            {"salary_component": "Basic", "formula": "base"},
            {"salary_component": "Variable", "formula": "variable"},
        ]
        made = self.insert(
            "Salary Structure",
            {
                "name": name,
                "company": self.company,
                "payroll_frequency": frequency,
                "earnings": earnings,
                "deductions": [tax] if taxed else [],
            },
        )
        self.update("Salary Structure", str(made["name"]), {"docstatus": 1})
        return str(made["name"])

    def assignment(self, employee: str, from_date: str, base: float, **values: Json) -> str:
        """A submitted salary, monthly unless another structure is given."""
        given: JsonObject = {
            "employee": employee,
            "from_date": from_date,
            "base": base,
            "currency": "EUR",
            "company": self.company,
            "salary_structure": "Standard",
            "payroll_payable_account": "Payroll Payable - EW",
        }
        made = self.insert(ASSIGNMENT, given | values)
        self.update(ASSIGNMENT, str(made["name"]), {"docstatus": 1})
        return str(made["name"])

    def appraisal(
        self, employee: str, ended_on: str, *, formula: float | None = None, **scores: float
    ) -> str:
        """A submitted appraisal in a cycle that ends on the day. What is not given is 0, and the final score is their mean as
        the suite has it, or ``formula``, what the cycle's own formula gave."""
        cycle = f"Cycle to {ended_on}" + (" by formula" if formula is not None else "")
        if self.name_of("Appraisal Cycle", cycle) is None:
            about: JsonObject = {"cycle_name": cycle, "company": self.company, "end_date": ended_on}
            about |= {"start_date": f"{ended_on[:4]}-01-01"}
            self.insert(
                "Appraisal Cycle",
                about | {"calculate_final_score_based_on_formula": int(formula is not None)},
            )
        given: JsonObject = {
            name: scores.get(name, 0.0) for name in ("total_score", "self_score", "avg_feedback_score")
        }
        final = sum(float(str(value)) for value in given.values()) / 3 if formula is None else formula
        told: JsonObject = {"employee": employee, "company": self.company, "appraisal_cycle": cycle}
        made = self.insert("Appraisal", told | given | {"final_score": final})
        self.update("Appraisal", str(made["name"]), {"docstatus": 1})
        return str(made["name"])

    def leave(
        self,
        employee: str,
        leave_type: str,
        days: tuple[str, str],
        status: str = "Approved",
        half_day: int = 0,
    ) -> str:
        """A submitted application, from the first of ``days`` to the second."""
        made = self.insert(
            "Leave Application",
            {
                "employee": employee,
                "company": self.company,
                "leave_type": leave_type,
                "from_date": days[0],
                "to_date": days[1],
                "half_day": half_day,
                "status": status,
            },
        )
        self.update("Leave Application", str(made["name"]), {"docstatus": 1})
        return str(made["name"])
