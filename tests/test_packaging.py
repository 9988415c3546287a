"""What is in the repository is in the wheel: pages, manifests, contexts. Without XGBoost the error names both extras."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_wheel_holds_every_tracked_data_file(tmp_path: Path) -> None:
    source = tmp_path / "source"
    subprocess.run(["git", "clone", "-q", ROOT, source], check=True)
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", tmp_path, source], check=True
    )
    (wheel,) = tmp_path.glob("raise_advisor-*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    tracked = subprocess.run(
        ["git", "ls-files", "plugin", "manifests"], cwd=source, check=True, capture_output=True, text=True
    )
    assert [name for name in tracked.stdout.splitlines() if name not in held] == []


def test_missing_xgboost_names_both_extras() -> None:
    program = (
        "import sys\nsys.modules['xgboost'] = None\n"
        "from plugin.advisor.model import boosting\nfrom plugin.errors import ConfigError\n"
        "try:\n    boosting.library()\nexcept ConfigError as error:\n    print(error.remedy)"
    )
    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert "raise-advisor[cpu]" in said
    assert "raise-advisor[gpu]" in said


def test_importing_the_advisor_loads_neither_xgboost_nor_shap() -> None:
    program = (
        "import sys\nimport plugin.advisor.recommendation.recommend, plugin.advisor.model.training, plugin.services.model.training\n"
        "print([name for name in ('xgboost', 'shap', 'pandas', 'scipy') if name in sys.modules])"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", program], check=True, capture_output=True, text=True
        ).stdout.strip()
        == "[]"
    )
