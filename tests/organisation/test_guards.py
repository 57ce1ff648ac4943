"""What nobody may do with rights: by form, by a forged field, by interface; and roles that travel as files."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from flask import Flask
from flask_appbuilder.security.sqla.models import PermissionView

from app.core.db import db
from app.core.errors import Refusal
from app.organisation import role_files
from app.organisation.models import DataScope, Level, Officer, Role, Unit
from tests.support import office
from tests.support.office import officer_named

EVERY_ROLE = "框架保留角色"


def role_named(name: str) -> Role:
    return db.session.scalars(sa.select(Role).where(Role.name == name)).one()


def holds(app: Flask, username: str) -> list[str]:
    with app.app_context():
        return sorted(role.name for role in officer_named(username).roles)


def number(app: Flask, what: str) -> int:
    with app.app_context():
        named = db.session.scalars(sa.select(Officer.id).where(Officer.username == what)).first()
        return named or db.session.scalars(sa.select(Role.id).where(Role.name == what)).one()


def grant(app: Flask, by: str, to: str, *roles: str) -> Any:
    data = {"roles": [str(number(app, role)) for role in roles]}
    return office.signed_in(app, by).post(f"/grantview/edit/{number(app, to)}", data=data)


# ---- granting --------------------------------------------------------------------------------------------------------


def test_the_security_administrator_grants_and_takes(app: Flask) -> None:
    assert grant(app, "secadmin", "labour_officer", "部门信访干部", "督查员").status_code == 302
    assert holds(app, "labour_officer") == ["督查员", "部门信访干部"]
    assert grant(app, "secadmin", "labour_officer", "部门信访干部").status_code == 302
    assert holds(app, "labour_officer") == ["部门信访干部"]


def test_nobody_grants_to_themselves(app: Flask) -> None:
    answer = grant(app, "secadmin", "secadmin", "安全保密管理员", "信联办主任")
    assert answer.status_code == 200 and "不得修改本人的角色" in answer.text
    assert holds(app, "secadmin") == ["安全保密管理员"]


def test_nobody_widens_a_role_they_hold(app: Flask) -> None:
    """Neither what it may do, nor what it sees, nor its level."""
    with app.app_context():
        own = role_named("安全保密管理员")
        wide = db.session.scalars(sa.select(PermissionView)).all()
        form = {"name": own.name, "level": "DISTRICT", "data_scope": "ALL", "note": own.note, "accusations": "y",
                "permissions": [str(p.id) for p in wide]}  # fmt: skip
    answer = office.signed_in(app, "secadmin").post(f"/roles/edit/{number(app, '安全保密管理员')}", data=form)
    assert answer.status_code == 200 and "不得修改本人所持有的角色" in answer.text
    with app.app_context():
        own = role_named("安全保密管理员")
        assert (own.level, own.data_scope, own.accusations) == (Level.ADMIN, DataScope.ASSIGNED, False)
        assert len(own.permissions) < 30


@pytest.mark.parametrize("roles", [("系统管理员", "安全审计员"), ("系统管理员", "综合接待员"), (EVERY_ROLE,)])
def test_the_three_administrators_are_three_and_handle_no_cases(app: Flask, roles: tuple[str, ...]) -> None:
    for whom in ("sysadmin", "reception"):
        before = holds(app, whom)
        answer = grant(app, "secadmin", whom, *roles)
        assert answer.status_code == 200, f"{whom} got {roles}"
        assert holds(app, whom) == before


def test_a_forged_field_gives_no_right(app: Flask) -> None:
    """The form of accounts has no roles, whatever is sent along."""
    client, me = office.signed_in(app, "sysadmin"), number(app, "sysadmin")
    with app.app_context():
        unit, post = officer_named("sysadmin").unit_id, officer_named("sysadmin").post_id
    form: dict[str, Any] = {
        "last_name": "石", "first_name": "磊", "unit": str(unit), "post": str(post), "active": "y",
        "roles": [str(number(app, "信联办主任")), str(number(app, EVERY_ROLE))], "groups": ["1"],
        "session_version": "99", "id": "1", "username": "office_head", "password": "x",
    }  # fmt: skip
    assert client.post(f"/users/edit/{me}", data=form).status_code == 302
    new = form | {"username": "newcomer", "typed_password": "Quite-long-2026"}
    assert client.post("/users/add", data=new).status_code == 302
    assert holds(app, "sysadmin") == ["系统管理员"] and holds(app, "newcomer") == []
    with app.app_context():
        assert db.session.get_one(Officer, me).username == "sysadmin"


@pytest.mark.parametrize("way", ["put", "post", "patch", "delete"])
def test_no_interface_changes_rights(app: Flask, way: str) -> None:
    client = office.signed_in(app, "secadmin")
    for path in (
        "/api/v1/security/users/1",
        "/api/v1/security/roles/1",
        "/api/v1/user/1",
        "/api/v1/unit/1",
        "/api/v1/case/1",
    ):
        assert getattr(client, way)(path, json={"roles": [1]}).status_code in (404, 405), path


def test_nobody_moves_to_another_unit_by_themselves(app: Flask) -> None:
    client, me = office.signed_in(app, "sysadmin"), number(app, "sysadmin")
    with app.app_context():
        elsewhere = str(db.session.scalars(sa.select(Unit.id).where(Unit.name == office.LAND)).one())
        post = str(officer_named("sysadmin").post_id)
    form = {"last_name": "石", "first_name": "磊", "unit": elsewhere, "post": post, "active": "y"}
    assert client.post(f"/users/edit/{me}", data=form).status_code == 200
    other = number(app, "reception")
    assert client.post(f"/users/edit/{other}", data=form).status_code == 302


def test_one_administrator_does_not_become_another(app: Flask) -> None:
    """Who keeps the accounts sets passwords, but not those of the other two administrators."""
    client = office.signed_in(app, "sysadmin")
    with app.app_context():
        unit, post = officer_named("secadmin").unit_id, officer_named("secadmin").post_id
    form = {"last_name": "安", "first_name": "宁", "unit": str(unit), "post": str(post), "active": "y",
            "typed_password": "Taken-over-2026"}  # fmt: skip
    assert client.post(f"/users/edit/{number(app, 'secadmin')}", data=form).status_code == 200
    office.signed_in(app, "secadmin")
    assert client.post(f"/users/edit/{number(app, 'reception')}", data=form).status_code == 302
    office.signed_in(app, "reception", "Taken-over-2026")


def test_nobody_switches_themselves_off(app: Flask) -> None:
    client, me = office.signed_in(app, "sysadmin"), number(app, "sysadmin")
    with app.app_context():
        form = {
            "last_name": "石",
            "first_name": "磊",
            "unit": str(officer_named("sysadmin").unit_id),
            "active": "false",
        }
    assert client.post(f"/users/edit/{me}", data=form).status_code == 200
    assert client.get("/users/list/").status_code == 200


def test_code_in_a_request_is_held_to_the_same(app: Flask) -> None:
    with office.as_officer(app, "reception") as me:
        me.roles = [*me.roles, role_named("信联办主任")]
        with pytest.raises(Refusal):
            db.session.flush()


def test_a_unit_stands_not_below_itself(app: Flask) -> None:
    with app.app_context():
        town, village = office.unit_named("龙泉镇"), office.unit_named("柳树村")
        form = {
            "name": town.name,
            "kind": "TOWN",
            "parent": str(village.id),
            "active": "y",
            "sign": town.sign,
        }
        path = village.path
    assert office.signed_in(app, "sysadmin").post(f"/unitview/edit/{town.id}", data=form).status_code == 200
    with app.app_context():
        assert office.unit_named("柳树村").path == path


def test_a_unit_that_moves_takes_those_below_along(app: Flask) -> None:
    with app.app_context():
        town, other = office.unit_named("龙泉镇"), office.unit_named(office.LAND)
        town.parent = other
        db.session.commit()
        assert office.unit_named("柳树村").path == f"{other.path}{town.id}/{office.unit_named('柳树村').id}/"


# ---- roles as files -------------------------------------------------------------------------------------------------


def exported(app: Flask) -> str:
    with app.app_context():
        return role_files.as_yaml(db.session.scalars(sa.select(Role)).all())


def imported(app: Flask, text: str) -> Any:
    """`flask roles import -` with that text."""
    with app.app_context():
        return app.test_cli_runner().invoke(args=["roles", "import", "-"], input=text)


def test_out_and_in_again_changes_nothing(app: Flask) -> None:
    text = exported(app)
    with app.app_context():
        assert role_files.load(text) == []
        assert role_files.load(text, dry_run=True) == []
    assert exported(app) == text


def test_a_file_adds_and_takes_away(app: Flask) -> None:
    document = yaml.safe_load(exported(app))
    role = document["督查员"]
    role["permissions"]["CaseView"].remove("can_show")
    role["permissions"]["RoutingView"] = ["can_add"]
    role |= {"data_scope": "chosen", "units": [office.LAND], "level": "hall"}
    document["新角色"] = {"level": "town", "data_scope": "unit", "permissions": {"CaseView": ["can_list"]}}
    text = yaml.safe_dump(document, allow_unicode=True)
    with app.app_context():
        dry = role_files.load(text, dry_run=True)
        db.session.rollback()
        assert role_files.load(text) == dry and len(dry) == 2
        db.session.commit()
        changed = role_named("督查员")
        names = {(p.view_menu.name, p.permission.name) for p in changed.permissions}
        assert ("CaseView", "can_show") not in names and ("RoutingView", "can_add") in names
        assert changed.data_scope is DataScope.CHOSEN and [u.name for u in changed.units] == [office.LAND]
        assert role_named("新角色").level is Level.TOWN
    assert yaml.safe_load(exported(app))["督查员"]["permissions"] == {
        view: sorted(allowed) for view, allowed in role["permissions"].items()
    }


@pytest.mark.parametrize(
    "change",
    [{"permissions": {"CaseView": ["can_rule"]}}, {"permissions": {"NoView": ["can_list"]}}, {"level": "emperor"},
     {"data_scope": "everything"}, {"units": ["无此单位"]}, {"permissions": {"CaseView": ["menu_access"]}}],
)  # fmt: skip
def test_a_file_with_an_unknown_word_is_refused_whole(app: Flask, change: dict[str, Any]) -> None:
    before = exported(app)
    document = yaml.safe_load(before)
    document["综合接待员"]["data_scope"] = "all"
    document["督查员"] |= change
    result = imported(app, yaml.safe_dump(document, allow_unicode=True))
    assert result.exit_code == 1 and "督查员" in result.output and "Traceback" not in result.output
    assert exported(app) == before, "all or nothing"


@pytest.mark.parametrize(
    "text", ["- a list", "just words", "a: [1", "综合接待员: 3", "综合接待员: {permissions: [x]}"]
)
def test_a_file_that_is_no_roles_file_is_one_clear_line(app: Flask, text: str) -> None:
    result = imported(app, text)
    assert result.exit_code == 1 and len(result.output.strip().splitlines()) == 1, result.output
    assert "attribute" not in result.output, "says what is wrong with the file, not what Python stumbled on"


def test_the_page_exports_what_the_command_does(app: Flask) -> None:
    client = office.signed_in(app, "secadmin")
    number_of = str(number(app, "督查员"))
    answer = client.post("/roles/action_post", data={"action": "export_roles", "rowid": [number_of]})
    assert answer.mimetype == "application/yaml"
    assert yaml.safe_load(answer.text)["督查员"] == yaml.safe_load(exported(app))["督查员"]
