"""What the parser of the command line finds wrong, in the reader's language and with its remedy.

The parser has its messages in English only and no numbers for them, so they are known by their form. One that is not
known is shown as it is, with our words around it: a newer parser costs a translation, not the message.
"""

import re
from typing import Any, Final

import typer

from gateway.cli.console import complain, err
from gateway.cli.language import terminal_language
from gateway.core.text import Language, Text

_OF_OPTION: Final = "'?(?P<name>[^']*)'?"
_FORMS: Final = (
    (
        r"No such command '(?P<name>.*?)'(?:\.|\. Did you mean (?P<like>.*)\?)",
        Text("没有命令 {name}", "there is no command {name}"),
    ),
    (r"Missing command\.", Text("缺少命令", "a command is missing")),
    (rf"Missing argument {_OF_OPTION}\.(?P<more>.*)", Text("缺少参数 {name}", "the argument {name} is missing")),
    (rf"Missing option {_OF_OPTION}\.(?P<more>.*)", Text("缺少选项 {name}", "the option {name} is missing")),
    (
        r"No such option: (?P<name>.*?)(?: \(Possible options: (?P<like>.*)\))?",
        Text("没有选项 {name}", "there is no option {name}"),
    ),
    (rf"Option {_OF_OPTION} requires an argument\.", Text("选项 {name} 后须有值", "the option {name} needs a value")),
    (
        rf"Option {_OF_OPTION} requires (?P<count>\d+) arguments\.",
        Text("选项 {name} 后须有 {count} 个值", "the option {name} needs {count} values"),
    ),
    (rf"Option {_OF_OPTION} does not take a value\.", Text("选项 {name} 不带值", "the option {name} takes no value")),
    (
        rf"Argument {_OF_OPTION} takes (?P<count>\d+) values\.",
        Text("参数 {name} 须有 {count} 个值", "the argument {name} takes {count} values"),
    ),
    (
        r"Got unexpected extra argument\(s\) \((?P<name>.*)\)",
        Text("多余的参数：{name}", "arguments that nothing is done with: {name}"),
    ),
    (
        rf"Invalid value for {_OF_OPTION}: (?P<reason>.*)",
        Text("{name} 的值不对：{reason}", "{name} is wrong: {reason}"),
    ),
    (r"Invalid value: (?P<reason>.*)", Text("值不对：{reason}", "a value is wrong: {reason}")),
)
_REASONS: Final = (
    (
        r"(?:Value error, )?(?P<value>.*) is not one of (?P<all>.*?)\.?",
        Text("{value} 不是 {all} 之一", "{value} is none of {all}"),
    ),
    (r"Input should be a valid integer.*", Text("须为整数", "it must be a whole number")),
    (r"Input should be a valid number.*", Text("须为数字", "it must be a number")),
    (
        r"Input should be greater than or equal to (?P<least>\S+)",
        Text("不得小于 {least}", "it must be {least} or more"),
    ),
    (r"Input should be less than or equal to (?P<most>\S+)", Text("不得大于 {most}", "it must be {most} or less")),
    (r"\w+ (?P<value>'.*') does not exist\.", Text("{value} 不存在", "{value} does not exist")),
    (r"\w+ (?P<value>'.*') is a directory\.", Text("{value} 是文件夹", "{value} is a folder")),
    (r"\w+ (?P<value>'.*') is a file\.", Text("{value} 是文件", "{value} is a file")),
    (r"\w+ (?P<value>'.*') is not readable\.", Text("{value} 不可读", "{value} cannot be read")),
)
_OTHER: Final = Text("命令行有误：{message}", "{message}")
_LIKE: Final = Text("（相近的有 {like}）", " (there is {like})")
_USAGE: Final = Text("用法：{usage}；详见 {path} --help", "usage: {usage}; {path} --help says more")
_HELP: Final = Text("加上 --help 查看用法", "add --help to see how it is used")
_ABORTED: Final = Text("已中止，什么也没有做完", "it was stopped, and nothing was finished")
_AGAIN: Final = Text("需要时重新运行", "run it again if it is still wanted")


def run(app: typer.Typer, arguments: list[str] | None = None) -> int:
    """Run the command line, by default that of the process; its exit status."""
    try:
        status = app(arguments, standalone_mode=False)
    except typer.TyperException as error:
        _tell(error)
        return error.exit_code
    except typer.Abort:
        language = terminal_language()
        complain(_ABORTED.render(language), _AGAIN.render(language))
        return 1
    return status if isinstance(status, int) else 0


def explained(message: str, language: Language) -> str:
    """A message of the parser in our own words, or as it is."""
    return _said(message.strip(), _FORMS, language) or _OTHER.render(language, message=message.strip())


def _tell(error: typer.TyperException) -> None:
    language = terminal_language()
    message = error.format_message()
    context: Any = getattr(error, "ctx", None)
    if not message.strip() or type(error).__name__ == "NoArgsIsHelpError":  # the help, which may be written already
        err.print(message, markup=False, end="")
        return
    remedy = _HELP.render(language)
    if context is not None:
        usage = " ".join(context.get_usage().partition(":")[2].split())
        remedy = _USAGE.render(language, usage=usage, path=context.command_path)
    complain(explained(message, language), remedy)


def _said(message: str, forms: tuple[tuple[str, Text], ...], language: Language) -> str | None:
    for form, text in forms:
        found = re.fullmatch(form, message, re.DOTALL)
        if found is not None:
            words = {name: value for name, value in found.groupdict().items() if value}
            if "reason" in words:
                words["reason"] = _said(words["reason"], _REASONS, language) or words["reason"]
            return text.render(language, **words) + (_LIKE.render(language, **words) if "like" in words else "")
    return None
