"""The house: doors, foreign keys, templates, tenants and personal data, checked for every room."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.db import models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.template import loader
from django.utils import translation
from pydantic import ValidationError

from spiegelstad.governance.public import Processing, processing_register

PACKAGE = Path(__file__).resolve().parents[2] / "spiegelstad"
FLOORS = ["base", "look", "accounts", "governance", "places", "mirror", "context"]
FLOORS += ["catalogue", "ingest", "tabular", "ogc", "ldes", "sparql", "harvest", "broker"]
FLOORS += ["sensorthings", "sensors", "indicators", "stewardship", "web", "demo", "project"]
OPEN = {"base", "look"}  # rooms that are all door: no domain in them
WIRING = {"project"}  # the one place where everything is joined


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


def modules() -> list[Path]:
    return [path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE and "migrations" not in path.parts]


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (room, module within it) for each import of another room's module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "spiegelstad" and len(parts) > 2:
                yield parts[1], parts[2]


def test_rooms_are_entered_by_their_door():
    wrong = []
    for path in modules():
        own = room_of(path)
        for room, module in imports(path):
            door = {"public"} | ({"testing"} if path.name == "testing.py" or own == "demo" else set())
            if room != own and room not in OPEN and own not in WIRING and module not in door:
                wrong.append(f"{path.relative_to(PACKAGE)} imports {room}.{module}")
    assert wrong == []


def test_rooms_on_disk_are_the_floors():
    on_disk = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert on_disk == set(FLOORS)


def own_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("spiegelstad.")]


def test_foreign_keys_point_down():
    wrong = []
    for model in own_models():
        own = model._meta.app_label
        for field in model._meta.get_fields():
            target = getattr(field, "related_model", None)
            if not isinstance(field, models.ForeignKey) or target is None:
                continue
            other = target._meta.app_label
            if other in FLOORS and FLOORS.index(other) > FLOORS.index(own):
                wrong.append(f"{model.__name__}.{field.name} -> {other}")
    assert wrong == []


def unique_sets(model: type[models.Model]) -> Iterator[set[str]]:
    primary = model._meta.pk
    yield set(getattr(primary, "field_names", None) or [primary.name])
    for field in model._meta.fields:
        if field.unique and not field.primary_key:
            yield {field.name}
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            yield set(constraint.fields)


def test_distributed_tables_have_their_tenant_in_every_unique_key():
    """Citus's rule: else the table cannot be distributed later."""
    wrong = []
    for model in own_models():
        assert "distributed_by" in vars(model), f"{model.__name__} does not say how it is distributed"
        column = model.distributed_by
        if column is not None:
            wrong += [f"{model.__name__} {keys}" for keys in unique_sets(model) if column not in keys]
    assert wrong == []


def test_every_model_belongs_to_a_tenant():
    without = {model.__name__ for model in own_models() if not any(f.name == "tenant" for f in model._meta.fields)}
    assert without <= {"Tenant", "User", "OutboxEvent", "JobFailure", "EventConsumer"}  # a person may have several


def test_models_and_migrations_say_the_same():
    kept = MigrationLoader(None)
    with translation.override(None):
        found = MigrationAutodetector(kept.project_state(), ProjectState.from_apps(apps)).changes(graph=kept.graph)
    ours = {app: changes for app, changes in found.items() if app in FLOORS}
    assert ours == {}, "run makemigrations"


def test_program_passes_its_own_checks():
    assert run_checks() == []


PERSONAL = re.compile(r"email|first_name|last_name|phone|birth|national_number|password|actor_id|requested_by|user")


def test_personal_data_is_in_the_processing_register():
    register = processing_register()
    for model in own_models():
        key = getattr(model, "processing", None)
        if any(PERSONAL.search(field.name) for field in model._meta.fields):
            assert key, f"{model.__name__} looks like personal data and names no processing activity"
        if key:
            assert key in register, f"{model.__name__}: {key} is not in the processing register"


def test_processing_register_is_whole():
    """Every field of article 30(1), and why an impact assessment is or is not needed, in Dutch and in English."""
    for entry in processing_register().values():  # what is not whole is not read at all
        for field in ("name", "purpose", "legal_basis", "retention", "dpia"):
            with pytest.raises(ValidationError):
                Processing.model_validate({**entry.model_dump(), field: {"nl": "Ja", "en": " "}})
        for field in ("data", "recipients", "security") if entry.people else ():
            with pytest.raises(ValidationError):
                Processing.model_validate({**entry.model_dump(), field: []})


def test_modules_have_telling_names():
    vague = {"utils", "helpers", "common", "misc", "manager"}
    assert [path for path in modules() if path.stem in vague] == []


def test_modules_say_what_they_are():
    silent = [path for path in modules() if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert silent == []


def test_rooms_have_a_page_about_themselves():
    assert [room for room in FLOORS if not (PACKAGE / room / "README.md").exists()] == []


INCLUDES = re.compile(r"""\{%\s*(?:include|extends)\s+["']([^"']+)["']""")


def test_templates_include_from_their_own_room_or_below():
    wrong = []
    for path in PACKAGE.rglob("templates/**/*.html"):
        own = room_of(path)
        for name in INCLUDES.findall(path.read_text(encoding="utf-8")):
            origin = Path(loader.get_template(name).template.origin.name)
            if PACKAGE in origin.parents and FLOORS.index(room_of(origin)) > FLOORS.index(own):
                wrong.append(f"{path.relative_to(PACKAGE)} includes {name}")
    assert wrong == []


@pytest.mark.parametrize(
    "pattern", [r"<script(?![^>]*(\bsrc=|application/json))[^>]*>", r"\sstyle=", r"<style", r"\son(?:[a-z]{4,}|cut)="]
)
def test_templates_keep_the_content_security_policy(pattern):
    found = [
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("templates/**/*.html")
        if re.search(pattern, path.read_text(encoding="utf-8"))
    ]
    assert found == []
