"""共享数据的查询参数: fields and values by which a resource is asked for, and its records are known."""

import strawberry


@strawberry.input(description="查询参数的一项 · One parameter of a use")
class ShareParameterInput:
    """A parameter by the name of its field."""

    name: str
    value: str
