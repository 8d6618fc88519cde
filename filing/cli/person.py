"""``filing person``: accounts, on the archive's own machine.

For the first administrators, and for whoever of the three offices lost a password.
Everyday administration has its pages.
"""

import click

from filing.cli.output import Output
from filing.model.people import Person
from filing.model.roles import Role


@click.group()
def person() -> None:
    """People who sign in to the pages. 人员账号"""


@person.command()
@click.argument("login")
@click.option("--name", required=True, help="Name shown on the pages. 姓名")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice([one.value for one in Role]),
    help="Only until there is a security administrator. 仅在尚无安全管理员时可用",
)
@click.option("--agency", default="", help="Agency of an agency's clerk. 所属立档单位")
@click.pass_obj
def add(output: Output, login: str, name: str, roles: tuple[str, ...], agency: str) -> None:
    """Add an account; its first password is shown this once. 新增账号"""
    given = frozenset(Role(one) for one in roles)
    made, password = output.people().create(login, name, agency, given)
    lines = [_line(made), f"初始密码 first password: {password}  （登录后须修改 to be changed）"]
    if not made.roles:
        lines.append(
            "尚无角色，登录后无事可做：由安全管理员在“人员”页面授予 no role yet, so there is"
            " nothing to do: a security administrator grants one on the page of people"
        )
    output.say({**_shown(made), "password": password}, "\n".join(lines))


@person.command("list")
@click.pass_obj
def list_(output: Output) -> None:
    """Every account. 账号一览"""
    accounts = output.people()
    found = tuple(accounts.every())
    waiting = accounts.waiting(found)
    output.say(
        {"people": [{**_shown(one), "locked": one.id in waiting} for one in found]},
        "\n".join(f"{_line(one)}{'  锁定 locked' if one.id in waiting else ''}" for one in found),
    )


@person.command()
@click.argument("login")
@click.pass_obj
def reset(output: Output, login: str) -> None:
    """Give a new first password; second factor and sessions end. 重置密码"""
    password = output.people().renew(login)
    output.say({"login": login, "password": password}, password)


@person.command()
@click.argument("login")
@click.option("--undo", is_flag=True, help="Enable it again. 恢复")
@click.pass_obj
def disable(output: Output, login: str, undo: bool) -> None:
    """Disable an account; its sessions end. 停用账号"""
    done = output.people().close(login, not undo)
    output.say(_shown(done), _line(done))


@person.command()
@click.argument("login")
@click.pass_obj
def unlock(output: Output, login: str) -> None:
    """End the wait after failed attempts. 解除锁定"""
    output.people().free(login)
    output.say({"login": login, "locked": False}, f"{login}  已解除锁定 unlocked")


@person.command()
@click.argument("login")
@click.argument("subject", default="")
@click.pass_obj
def link(output: Output, login: str, subject: str) -> None:
    """Link to SUBJECT of the OpenID Connect provider; to none without it. 关联统一身份认证"""
    output.people().tie(login, subject)
    state = f"已关联 linked: {subject}" if subject else "已取消关联 not linked"
    output.say({"login": login, "subject": subject}, f"{login}  {state}")


def _shown(one: Person) -> dict[str, object]:
    return {
        "id": one.id,
        "login": one.login,
        "name": one.name,
        "roles": sorted(one.roles),
        "agency": one.agency_id,
        "second_factor": one.totp,
        "disabled": one.disabled,
    }


def _line(one: Person) -> str:
    state = "已停用 disabled" if one.disabled else "有效 in use"
    return f"{one.login:20} {','.join(sorted(one.roles)) or '-':24} {state}  {one.name}".rstrip()
