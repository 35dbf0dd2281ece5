"""Problems of uses."""

from gateway.core.problems.catalogue import ProblemCode, entry
from gateway.core.text import Text

USE_UNKNOWN = entry(
    "YW-US-01",
    ProblemCode.FORBIDDEN,
    ("用途不存在、已过期或不属于当前调用者", "the use does not exist, has expired or belongs to another caller"),
    ("先调用 openUse 取得新的用途", "open a new use with openUse"),
)
USE_ITEM_INVALID = entry(
    "YW-US-02",
    ProblemCode.BAD_INPUT,
    ("事项编码应为 6 到 40 位字母、数字或连字符", "an item code is 6 to 40 letters, digits or hyphens"),
    ("填写事项实施清单中的编码", "give the code from the implementation list"),
)
USE_NEEDS_CITIZEN = entry(
    "YW-US-03",
    ProblemCode.FORBIDDEN,
    ("持证人授权只能由已登录的持证人本人办理", "only the signed-in holder himself can open a holder's use"),
    (
        "使用持证人的令牌，或以经办人员身份办理 statutory 用途",
        "use the holder's token, or a statutory use as an officer",
    ),
)
USE_NEEDS_OFFICER = entry(
    "YW-US-04",
    ProblemCode.FORBIDDEN,
    ("依职能查验只能由经办人员办理", "only an officer can open a statutory use"),
    ("使用带机构与岗位的经办人员令牌", "use an officer's token that names body and post"),
)
USE_CASE_NEEDED = entry(
    "YW-US-05",
    ProblemCode.BAD_INPUT,
    ("依职能查验须在办件编号与预办编号中填写且只填一个", "a statutory use cites exactly one of case and application"),
    ("填写 case 或 application 之一", "give either case or application"),
)
USE_TEXT_INVALID = entry(
    "YW-US-08",
    ProblemCode.BAD_INPUT,
    ("文本须为 1 到 {limit} 个字符", "a text is 1 to {limit} characters"),
    ("缩短该字段，或不填写", "shorten the field, or leave it out"),
)
HOLDER_MISSING = entry(
    "YW-US-25",
    ProblemCode.BAD_INPUT,
    ("没有指明持证人", "the holder is not named"),
    ("写 viewer: true 或给出 document", "give viewer: true or a document"),
)
VIEWER_HAS_NO_DOCUMENT = entry(
    "YW-US-09",
    ProblemCode.BAD_INPUT,
    ("该用途不指向某一持证人", "this use was not proven for one holder, so viewer names nobody"),
    ("用 document 指明持证人", "name the holder with document"),
)

MANDATE_UNKNOWN = entry(
    "YW-US-10",
    ProblemCode.FORBIDDEN,
    ("委托不存在、已结束，或与当前人员无关", "the mandate does not exist, has ended, or is not yours"),
    ("请委托人重新办理委托", "ask the principal to record a new mandate"),
)
MANDATE_OUT_OF_SCOPE = entry(
    "YW-US-11",
    ProblemCode.FORBIDDEN,
    ("委托不包含该事项", "the mandate does not cover this item"),
    ("请委托人为该事项办理委托", "ask the principal for a mandate that names the item"),
)
MANDATE_TO_ONESELF = entry(
    "YW-US-12",
    ProblemCode.BAD_INPUT,
    ("不能委托自己", "a mandate to oneself says nothing"),
    ("填写受托人的证件", "give the agent's document"),
)
MANDATE_END_INVALID = entry(
    "YW-US-13",
    ProblemCode.BAD_INPUT,
    ("委托的截止时间须晚于现在且在 {days} 天之内", "a mandate ends after now and within {days} days"),
    ("调整截止时间", "change expiresAt"),
)
CODE_UNKNOWN = entry(
    "YW-US-14",
    ProblemCode.FORBIDDEN,
    ("亮证码不存在或已失效", "the presented code does not exist or is over"),
    ("请持证人重新亮证", "ask the holder to show a new code"),
)
CASE_UNPROVEN = entry(
    "YW-US-15",
    ProblemCode.FORBIDDEN,
    ("办件不能证明该用途：{reason}", "the case does not prove this use: {reason}"),
    ("核对办件编号、事项与办件状态", "compare the case's number, item and state"),
)
CASE_UNREACHABLE = entry(
    "YW-US-16",
    ProblemCode.FORBIDDEN,
    ("暂时无法核验办件：{reason}", "the case cannot be checked at present: {reason}"),
    ("稍后再试", "try again later"),
)
APPLICATION_UNKNOWN = entry(
    "YW-US-17",
    ProblemCode.FORBIDDEN,
    ("预办编号不存在，或与当前人员无关", "the pre-application number does not exist or is not yours"),
    ("使用本人申请的预办编号", "use a number that you opened"),
)
APPLICATION_OVERDUE = entry(
    "YW-US-18",
    ProblemCode.FORBIDDEN,
    ("预办编号未在期限内关联办件", "the pre-application number was not bound to a case in time"),
    ("先关联办件", "bind it to its case first"),
)
APPLICATION_BOUND = entry(
    "YW-US-19",
    ProblemCode.CONFLICT,
    ("预办编号已关联其他办件", "the pre-application number is bound to another case"),
    ("为新的办件另取预办编号", "open another number for another case"),
)
SUPERVISION_ONLY = entry(
    "YW-US-20",
    ProblemCode.FORBIDDEN,
    ("仅供监督与枢纽管理人员查阅", "this is for supervision and the hub office"),
    ("使用相应人员的令牌", "use a token of such a person"),
)
POLICY_DENIED = entry(
    "YW-PO-01",
    ProblemCode.FORBIDDEN,
    ("规则不允许：{reason}", "the rules do not allow it: {reason}"),
    ("向枢纽管理单位申请开放", "ask the hub office to open it"),
)
NO_TYPE_OPENED = Text("所查的证照类型均未开放", "none of the licence types asked for is opened")
TOO_MANY_HOLDERS = entry(
    "YW-PO-02",
    ProblemCode.LIMIT,
    ("短时间内查询的不同持证人过多", "too many different holders were asked for in a short time"),
    ("{seconds} 秒后再试；大批量查验请办理数据共享", "try again in {seconds} s; for bulk checks request data sharing"),
)
LICENCE_NOT_FOUND = entry(
    "YW-US-22",
    ProblemCode.NOT_FOUND,
    ("没有系统确认这是持证人的证照", "no system knows this licence as the holder's at this moment"),
    ("重新查询后再亮证", "ask for the licences again first"),
)
SCAN_NEEDS_CLERK = entry(
    "YW-US-23",
    ProblemCode.FORBIDDEN,
    ("现场授权只能由窗口人员办理", "on-site authorisation is for counter clerks"),
    ("使用窗口人员的令牌", "use a clerk's token"),
)
SCAN_UNREACHABLE = entry(
    "YW-US-26",
    ProblemCode.FORBIDDEN,
    ("身份平台暂时无法核验扫码", "the identity platform gave no usable answer about the scan"),
    ("稍后再试；若一直如此，告知运维人员", "try again later; if it stays so, tell operations"),
)
SCAN_UNPROVEN = entry(
    "YW-US-24",
    ProblemCode.FORBIDDEN,
    ("扫码不代表任何持证人，或已失效", "the scan stands for nobody, or is over"),
    ("请持证人重新出示", "ask the holder to show it again"),
)
USE_REACHES_ANOTHER = entry(
    "YW-US-21",
    ProblemCode.FORBIDDEN,
    ("该用途只能查询其所指的持证人", "this use reaches the holder that it was proven for only"),
    ("核对持证人，或另行开立用途", "check the holder, or open another use"),
)
USES_TOO_MANY = entry(
    "YW-US-27",
    ProblemCode.LIMIT,
    ("该人员在本应用中未到期的用途已达 {limit} 个", "this person has {limit} open uses in this application"),
    ("沿用已开立的用途，或等待其到期", "go on with one that is open, or wait until some are over"),
)
MANDATES_TOO_MANY = entry(
    "YW-US-28",
    ProblemCode.LIMIT,
    ("该持证人已有 {limit} 个有效委托", "this holder has {limit} mandates that are open"),
    ("先撤回不再需要的委托", "take back one that is no longer needed"),
)
CODES_TOO_MANY = entry(
    "YW-US-29",
    ProblemCode.LIMIT,
    ("该持证人已有 {limit} 个有效亮证码", "this holder has {limit} codes that are alive"),
    ("等待其到期，几分钟即可", "wait until one is over, some minutes"),
)
APPLICATIONS_TOO_MANY = entry(
    "YW-US-30",
    ProblemCode.LIMIT,
    ("该人员在本应用中未关联办件的预办编号已达 {limit} 个", "this officer has {limit} numbers here that are not bound"),
    ("先将已有的编号关联到办件", "bind some to their cases first"),
)
