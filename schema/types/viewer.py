"""The calling application and the acting person, as the gateway has proven them."""

import strawberry

from gateway.core.caller import Caller, Person, Role
from gateway.core.masking import mask_name, mask_number


@strawberry.type(description="调用应用 · The calling application")
class Application:
    code: str
    title: str


@strawberry.type(description="当前人员，姓名与号码已脱敏 · The acting person; name and number are masked")
class ViewerPerson:
    role: Role
    name: str
    document_type: str | None
    number: str | None
    body: str | None
    body_name: str | None
    post: str | None
    region: str | None


@strawberry.type(description="当前调用者 · Who is asking")
class Viewer:
    application: Application
    person: ViewerPerson | None

    @classmethod
    def of(cls, caller: Caller) -> "Viewer":
        """The caller, masked: a screen that shows who is signed in needs no more."""
        return cls(
            application=Application(code=caller.application.code, title=caller.application.title),
            person=_masked(caller.person) if caller.person else None,
        )


def _masked(person: Person) -> ViewerPerson:
    return ViewerPerson(
        role=person.role,
        name=mask_name(person.name),
        document_type=person.document_type,
        number=mask_number(person.document_type, person.number) if person.number else None,
        body=person.body,
        body_name=person.body_name,
        post=person.post,
        region=person.region,
    )
