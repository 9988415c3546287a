"""Measures the exact engine against its rivals on the same model and rows; the last line is one JSON object.

``python -m benchmarks.explain`` takes some five minutes of one core and about 2 GB, ``--quick`` one minute. Ratios are CPU time of this process on
one thread, the median of interleaved rounds, reading the model included on our side. The firm is synthetic; nothing is personal.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xgboost

from plugin.advisor.treeshap import contributions, read_forest

FEATURES = 40
TREES = 300
MISSING = 0.05
STAFF = 336_000
CHUNK = 10_000
Array = npt.NDArray[np.float32]
Found = dict[str, Any]


@dataclass(frozen=True)
class Size:
    """How much to measure."""

    train_rows: int
    rows: dict[int, int]
    rounds: int
    rival_rows: int
    shap_rows: int
    staff: int
    growth: tuple[int, ...]


FULL = Size(
    train_rows=30_000,
    rows={3: 10_000, 4: 10_000, 5: 5_000, 6: 5_000, 7: 1_500, 8: 800},
    rounds=3,
    rival_rows=10_000,
    shap_rows=200,
    staff=STAFF,
    growth=(10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000),
)
QUICK = Size(
    train_rows=20_000,
    rows={3: 3_000, 4: 3_000, 6: 1_500, 8: 200},
    rounds=1,
    rival_rows=5_000,
    shap_rows=50,
    staff=50_000,
    growth=(10_000, 100_000),
)


def make_rows(count: int, seed: int = 7) -> Array:
    """Normal values with gaps, filled chunk by chunk so that the table is the only large thing in memory."""
    rows = np.empty((count, FEATURES), dtype=np.float32)
    for start in range(0, count, CHUNK):
        random = np.random.default_rng([seed, start])
        part = rows[start : start + CHUNK]
        random.standard_normal(dtype=np.float32, out=part)
        part[random.random(part.shape, dtype=np.float32) < MISSING] = np.nan
    return rows


def make_target(rows: Array) -> Array:
    known = np.nan_to_num(rows)
    target = known[:, :12] @ np.linspace(1.0, 0.1, 12, dtype=np.float32)
    return target + known[:, 0] * known[:, 12] + np.abs(known[:, 13]) + known[:, 20:].mean(axis=1)


def train(depth: int, size: Size) -> xgboost.Booster:
    rows = make_rows(size.train_rows, seed=1)
    noise = np.random.default_rng(3).normal(size=len(rows))
    parameters = {"max_depth": depth, "eta": 0.1, "tree_method": "hist", "nthread": 1, "seed": 1}
    booster = xgboost.train(parameters, xgboost.DMatrix(rows, make_target(rows) + noise), TREES)
    booster.set_param({"nthread": 1})
    return booster


def cpu_of(calls: dict[str, Callable[[], Any]], rounds: int) -> tuple[dict[str, float], Found]:
    """Median CPU seconds of each call, one after another in each round; and what the calls gave."""
    spent: dict[str, list[float]] = {name: [] for name in calls}
    found: Found = {}
    for _ in range(rounds):
        for name, call in calls.items():
            began = time.process_time()
            found[name] = call()
            spent[name].append(time.process_time() - began)
    return {name: statistics.median(times) for name, times in spent.items()}, found


def against_xgboost(booster: xgboost.Booster, depth: int, size: Size) -> Found:
    rows = make_rows(size.rows[depth])
    matrix, forest = xgboost.DMatrix(rows, nthread=1), read_forest(booster)
    calls: dict[str, Callable[[], Any]] = {
        "xgboost": lambda: booster.predict(matrix, pred_contribs=True),
        "ours": lambda: contributions(booster, rows),
        "ours_read_once": lambda: contributions(forest, rows),
    }
    spent, found = cpu_of(calls, size.rounds)
    margin = booster.predict(matrix, output_margin=True)
    return {
        "depth": depth,
        "rows": len(rows),
        "xgboost_us_per_row": spent["xgboost"] / len(rows) * 1e6,
        "ours_us_per_row": spent["ours"] / len(rows) * 1e6,
        "ratio": spent["xgboost"] / spent["ours"],
        "ratio_read_once": spent["xgboost"] / spent["ours_read_once"],
        "max_difference": float(np.abs(found["ours"] - found["xgboost"]).max()),
        "largest_value": float(np.abs(found["xgboost"]).max()),
        "additivity_error_ours": float(np.abs(found["ours"].sum(axis=1) - margin).max()),
        "additivity_error_xgboost": float(np.abs(found["xgboost"].sum(axis=1) - margin).max()),
    }


def against_shap(booster: xgboost.Booster, depth: int, size: Size) -> Found:
    """Interventional: the price of a row with 100 and with 1,000 background rows, and shap's with 100."""
    import shap

    rows, background = make_rows(size.rows[depth]), make_rows(1_000, seed=9)
    few = rows[: size.shap_rows]
    explainer = shap.TreeExplainer(booster, background[:100], feature_perturbation="interventional")
    calls: dict[str, Callable[[], Any]] = {
        "shap": lambda: explainer.shap_values(few, check_additivity=False),
        "ours_100": lambda: contributions(booster, rows, background=background[:100]),
        "ours_1000": lambda: contributions(booster, rows, background=background),
    }
    spent, found = cpu_of(calls, size.rounds)
    return {
        "depth": depth,
        "rows": len(rows),
        "shap_rows": len(few),
        "shap_us_per_row": spent["shap"] / len(few) * 1e6,
        "ours_100_us_per_row": spent["ours_100"] / len(rows) * 1e6,
        "ours_1000_us_per_row": spent["ours_1000"] / len(rows) * 1e6,
        "ratio": spent["shap"] / len(few) / (spent["ours_100"] / len(rows)),
        "max_difference": float(np.abs(found["ours_100"][: len(few), :-1] - found["shap"]).max()),
    }


def against_woodelf(booster: xgboost.Booster, depth: int, size: Size) -> Found:
    """Path-dependent and with 100 background rows, one thread each, same rows."""
    import pandas as pd
    from woodelf import WoodelfExplainer

    rows, background = make_rows(size.rival_rows), make_rows(100, seed=9)
    names = booster.feature_names or [f"f{place}" for place in range(FEATURES)]
    frame, other = pd.DataFrame(rows, columns=names), pd.DataFrame(background, columns=names)
    calls: dict[str, Callable[[], Any]] = {
        "woodelf_path": lambda: WoodelfExplainer(booster).shap_values(frame, verbose=False),
        "ours_path": lambda: contributions(booster, rows),
        "woodelf_100": lambda: WoodelfExplainer(booster, other).shap_values(frame, verbose=False),
        "ours_100": lambda: contributions(booster, rows, background=background),
    }
    spent, found = cpu_of(calls, 1)
    return {
        "depth": depth,
        "rows": len(rows),
        **{f"{name}_us_per_row": seconds / len(rows) * 1e6 for name, seconds in spent.items()},
        "ratio_path": spent["woodelf_path"] / spent["ours_path"],
        "ratio_100": spent["woodelf_100"] / spent["ours_100"],
        "max_difference_path": float(np.abs(found["ours_path"][:, :-1] - found["woodelf_path"]).max()),
        "max_difference_100": float(np.abs(found["ours_100"][:, :-1] - found["woodelf_100"]).max()),
    }


def on_gpu(booster: xgboost.Booster, depth: int, size: Size) -> Found:
    """XGBoost's contributions on a GPU, wall time beside ours on two threads; only where its build and the machine have one."""
    rows = make_rows(size.rows[depth])
    matrix = xgboost.DMatrix(rows)
    copy = booster.copy()
    copy.set_param({"device": "cuda"})
    copy.predict(matrix, pred_contribs=True)
    began = time.perf_counter()
    copy.predict(matrix, pred_contribs=True)
    between = time.perf_counter()
    contributions(booster, rows, threads=2)
    ended = time.perf_counter()
    return {"depth": depth, "rows": len(rows), "gpu_wall_s": between - began, "ours_wall_s": ended - between}


@contextmanager
def peak_memory(found: Found) -> Iterator[None]:
    """Sample the resident memory every two milliseconds; ``found["mb_above_table"]`` is its peak above the start."""
    done = threading.Event()
    start = peak = resident_mb()

    def sample() -> None:
        nonlocal peak
        while not done.wait(0.002):
            peak = max(peak, resident_mb())

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        yield
    finally:
        done.set()
        sampler.join()
        found["mb_above_table"] = max(peak, resident_mb()) - start


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def explain_firm(model: Path, staff: int) -> Found:
    """All employees on two threads: wall time, and memory above the table that holds them. Run in a process of its own."""
    booster = xgboost.Booster({"nthread": 1}, model_file=model)
    rows = make_rows(staff)
    contributions(booster, rows[:10], threads=2)
    found: Found = {"rows": staff, "threads": 2, "table_mb": rows.nbytes / 1e6}
    with peak_memory(found):
        began = time.perf_counter()
        values = contributions(booster, rows, threads=2)
        found["wall_s"] = time.perf_counter() - began
    found["result_mb"] = values.nbytes / 1e6
    found["mb_above_table_and_result"] = found["mb_above_table"] - found["result_mb"]
    margin = booster.predict(xgboost.DMatrix(rows[-CHUNK:]), output_margin=True)
    found["additivity_error"] = float(np.abs(values[-CHUNK:].sum(axis=1) - margin).max())
    return found


def firm_in_own_process(booster: xgboost.Booster, staff: int) -> Found:
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.ubj"
        booster.save_model(model)
        command = [sys.executable, "-m", "benchmarks.explain", "--firm", str(model), "--rows", str(staff)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: Found = json.loads(done.stdout.splitlines()[-1])
    return found


def growth(booster: xgboost.Booster, size: Size) -> Iterator[Found]:
    """CPU time per row as the table grows, path-dependent, one thread, reading the model included."""
    for count in size.growth:
        rows = make_rows(count)
        spent, _ = cpu_of({"ours": lambda rows=rows: contributions(booster, rows)}, size.rounds)  # type: ignore[misc]
        yield {"rows": count, "cpu_s": spent["ours"], "us_per_row": spent["ours"] / count * 1e6}


def one_employee(booster: xgboost.Booster) -> Found:
    """One employee on demand, milliseconds: the model read each time, read once, and XGBoost's own."""
    row = make_rows(1)
    forest, matrix = read_forest(booster), xgboost.DMatrix(row, nthread=1)
    calls: dict[str, Callable[[], Any]] = {
        "ours": lambda: contributions(booster, row),
        "ours_read_once": lambda: contributions(forest, row),
        "xgboost": lambda: booster.predict(matrix, pred_contribs=True),
    }
    spent, _ = cpu_of(calls, 9)
    return {f"{name}_ms": seconds * 1e3 for name, seconds in spent.items()}


def warm_up(booster: xgboost.Booster) -> Found:
    """Seconds until the first values: compilation, or loading what an earlier process compiled."""
    rows = make_rows(4)
    began = time.perf_counter()
    contributions(booster, rows)
    between = time.perf_counter()
    contributions(booster, rows, background=rows)
    return {"path_s": between - began, "interventional_s": time.perf_counter() - between}


def show(title: str, lines: Iterable[Found]) -> list[Found]:
    """Print each line as it is measured, under the names of its figures."""
    print(f"\n{title}")
    found: list[Found] = []
    for line in lines:
        if not found:
            print("  ".join(line))
        texts = [f"{value:.3g}" if isinstance(value, float) else str(value) for value in line.values()]
        print("  ".join(text.rjust(len(name)) for name, text in zip(line, texts, strict=True)), flush=True)
        found.append(line)
    return found


def versions() -> Found:
    import numba
    import shap

    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "xgboost": xgboost.__version__,
        "shap": shap.__version__,
        "numba": numba.__version__,
        "numpy": np.__version__,
    }


def measure(size: Size) -> Found:
    result: Found = {
        "trees": TREES,
        "features": FEATURES,
        "missing": MISSING,
        "versions": versions(),
        "size": asdict(size),
    }
    print(
        f"{TREES} trees, eta 0.1, hist, {size.train_rows:,} training rows, {FEATURES} float32 features, {MISSING:.0%} missing"
    )
    print(
        "us_per_row: CPU time of one thread, median of interleaved rounds, on the same model and rows; ratio: theirs / ours"
    )
    print(" ".join(f"{name} {version}" for name, version in result["versions"].items()))
    boosters = {depth: train(depth, size) for depth in size.rows}
    result["first_call"] = warm_up(boosters[4])
    result["path"] = show(
        "Path-dependent against xgboost's pred_contribs",
        (against_xgboost(booster, depth, size) for depth, booster in boosters.items()),
    )
    result["interventional"] = show(
        "Interventional against shap.TreeExplainer with 100 background rows",
        (against_shap(boosters[depth], depth, size) for depth in (4, 6)),
    )
    result["firm"] = show(
        "The whole firm, two threads, wall seconds; memory above the table includes the result",
        ({"depth": depth, **firm_in_own_process(boosters[depth], size.staff)} for depth in (4, 6)),
    )
    result["growth"] = show("Linear in rows, depth 4", growth(boosters[4], size))
    result["one_employee"] = show(
        "One employee on demand", ({"depth": depth, **one_employee(boosters[depth])} for depth in (4, 6))
    )
    result["woodelf"] = "not installed"
    if importlib.util.find_spec("woodelf"):
        result["woodelf"] = show(
            "Against woodelf-explainer, path-dependent and with 100 background rows",
            (against_woodelf(booster, depth, size) for depth, booster in boosters.items()),
        )
    else:
        print("\nAgainst woodelf-explainer: not installed (pip install woodelf-explainer)")
    result["gpu"] = "no GPU build of xgboost or no GPU"
    if xgboost.build_info().get("USE_CUDA") and Path("/dev/nvidia0").exists():
        result["gpu"] = show(
            "XGBoost's contributions on the GPU, wall seconds",
            (on_gpu(booster, depth, size) for depth, booster in boosters.items()),
        )
    return {**summary(result), **result}


def summary(result: Found) -> Found:
    """The figures that the goals name, at the top of the JSON object."""
    ratios = {line["depth"]: line["ratio"] for line in result["path"]}
    rivals = result["woodelf"] if isinstance(result["woodelf"], list) else []
    steps = [line["us_per_row"] for line in result["growth"]]
    return {
        "ratio_depth_4": ratios[4],
        "ratio_depth_6": ratios[6],
        "worst_difference_to_xgboost": max(line["max_difference"] for line in result["path"]),
        "worst_difference_to_shap": max(line["max_difference"] for line in result["interventional"]),
        "least_ratio_to_woodelf": min(
            (min(line["ratio_path"], line["ratio_100"]) for line in rivals), default=None
        ),
        "firm_wall_s_depth_4": result["firm"][0]["wall_s"],
        "firm_mb_above_table": result["firm"][0]["mb_above_table"],
        "us_per_row_largest_to_smallest_table": steps[-1] / steps[0],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rows and depths, one round")
    parser.add_argument(
        "--firm", type=Path, help="measure only the whole firm with this model (used by the benchmark itself)"
    )
    parser.add_argument("--rows", type=int, default=STAFF, help="employees for --firm")
    chosen = parser.parse_args()
    if chosen.firm:
        print(json.dumps(explain_firm(chosen.firm, chosen.rows)))
    else:
        print(json.dumps(measure(QUICK if chosen.quick else FULL)))


if __name__ == "__main__":
    main()
