"""Faults that `mutate.py` plants: each changes one thing; the files and tests that it names exist."""

from __future__ import annotations

import ast

from equivalent_faults import EQUIVALENT
from forked_tests import ROOT
from mutate import SUBJECTS, faults_of, files_of, lines_of
from planted_faults import mutants

SOURCE = '''
"""Words."""
def may(order: int = 1, *, left: bool = True) -> bool:
    """Words."""
    if left and order > 2:
        raise ValueError(f"{order + 1} is too much")
    order += 3
    print("done")
    return not left or order in (4,)

def save(row: Row) -> None:
    """Words."""
    log.info("%s", 7)
    write(zip(row, row, strict=True), version=Row.version + 1)
'''


def test_mutation_plants_each_kind_of_fault_once_and_leaves_texts_alone() -> None:
    planted = [(mutant.line, mutant.what) for mutant in mutants("x.py", SOURCE)]
    assert sorted(planted) == sorted(
        [
            (3, "1 → 2"),
            (3, "True → False"),
            (5, "left and order > 2 → left or order > 2"),
            (5, "left and order > 2 → order > 2"),
            (5, "left and order > 2 → left"),
            (5, "order > 2 → order >= 2"),
            (5, "2 → 3"),
            (6, "raise ValueError(f'{order + 1} is too much') → pass"),
            (7, "order += 3 → pass"),
            (7, "3 → 4"),
            (8, "print('done') → pass"),
            (9, "return not left or order in (4,) → return None"),
            (9, "not left or order in (4,) → not left and order in (4,)"),
            (9, "not left or order in (4,) → order in (4,)"),
            (9, "not left or order in (4,) → not left"),
            (9, "not left → left"),
            (9, "order in (4,) → order not in (4,)"),
            (9, "4 → 5"),
            (14, "write(zip(row, row, strict=True), version=Row.version + 1) → pass"),
            (14, "Row.version + 1 → Row.version - 1"),
        ]
    )


def test_mutants_differ_from_the_original_and_from_each_other() -> None:
    sources = [mutant.source() for mutant in mutants("x.py", SOURCE)]
    assert len({*sources, ast.unparse(ast.parse(SOURCE))}) == len(sources) + 1


def test_subjects_name_modules_and_tests_that_exist() -> None:
    for subject, (_, tests) in SUBJECTS.items():
        assert files_of(subject)
        for name in (*files_of(subject), *tests.split()):
            assert (ROOT / name).exists(), name


def test_equivalent_faults_can_still_be_planted() -> None:
    assert set(EQUIVALENT) <= {mutant.key for subject in SUBJECTS for mutant in faults_of(subject)}


DIFF = """\
diff --git bmtui/a.py bmtui/a.py
--- bmtui/a.py
+++ bmtui/a.py
@@ -3 +3,2 @@ def may():
-    old
+    new
+    newer
@@ -9,2 +10,0 @@ def must():
-    gone
-    gone
--- bmtui/b.py
+++ bmtui/b.py
@@ -0,0 +1 @@
+only
"""


def test_changed_lines_of_a_diff_are_the_added_ones() -> None:
    assert lines_of(DIFF) == {"bmtui/a.py": {3, 4}, "bmtui/b.py": {1}}
