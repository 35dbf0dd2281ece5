"""Problems of sealings: of requests that are not taken, and reasons why a sealing is not released."""

from gateway.core.problems.catalogue import ProblemCode, entry

# ---- SE: sealings, as they are asked for
SEALING_UNKNOWN = entry(
    "YW-SE-01",
    ProblemCode.NOT_FOUND,
    ("没有这次用印，或它不属于当前调用者", "there is no such sealing, or it is another caller's"),
    ("从 sealings 选取", "take its id from sealings"),
)
SEALING_KEY_INVALID = entry(
    "YW-SE-02",
    ProblemCode.BAD_INPUT,
    ("幂等键须为 1 到 {limit} 个可见的 ASCII 字符", "an idempotency key is 1 to {limit} visible ASCII characters"),
    ("为每份文件的每次用印取一个随机的键", "take a random one for each seal on each document"),
)
SEALING_KEY_TAKEN = entry(
    "YW-SE-03",
    ProblemCode.CONFLICT,
    (
        "该幂等键已用于另一份文件、另一枚印章、另一位置或另一事项",
        "this idempotency key stands for another document, seal, place or item",
    ),
    ("重发时保持请求不变；新的用印另取键", "repeat the request as it was, or take another key for another sealing"),
)
SEALING_FORBIDDEN = entry(
    "YW-SE-04",
    ProblemCode.FORBIDDEN,
    ("不能使用该印章：{reason}", "the seal may not be used: {reason}"),
    (
        "由印章归属部门处理：授权、解冻或换发",
        "have the department that owns the seal put it right: authorise, unfreeze or renew it",
    ),
)
SEALING_PLACE_INVALID = entry(
    "YW-SE-05",
    ProblemCode.BAD_INPUT,
    (
        "盖章位置须在 at、keyword、crossPage 中填写且只填一个，页码与坐标须合理",
        "a place is exactly one of at, keyword and crossPage, on a page and in millimetres that can be",
    ),
    ("改正盖章位置", "mend the place"),
)
SEALINGS_COUNT_INVALID = entry(
    "YW-SE-06",
    ProblemCode.BAD_INPUT,
    ("一次须提交 1 到 {limit} 份文件，幂等键各不相同", "1 to {limit} documents go in one call, each with its own key"),
    ("分批提交", "send them in several calls"),
)
SEALINGS_TOO_MANY = entry(
    "YW-SE-07",
    ProblemCode.LIMIT,
    ("尚未完成的用印已达 {limit} 次", "{limit} of your sealings have not ended yet"),
    ("等待其完成后再提交", "wait until some have ended"),
)
SEALING_STATE_OTHER = entry(
    "YW-SE-08",
    ProblemCode.CONFLICT,
    ("用印处于 {state} 状态，不能进行此操作", "the sealing is {state}, in which this cannot be done"),
    ("查看用印当前的状态", "look at how far it is"),
)
SEALING_NEEDS_ANOTHER = entry(
    "YW-SE-09",
    ProblemCode.FORBIDDEN,
    ("须由申请人以外的人员办理", "another person than the one who asked for the seal does this"),
    ("请另一位有权人员办理", "ask another person who may"),
)
SEALING_APPROVER_FORBIDDEN = entry(
    "YW-SE-10",
    ProblemCode.FORBIDDEN,
    (
        "只有印章归属部门中有用印授权的经办人员可以审批",
        "only officers of the body that owns the seal, who may use it themselves, approve its use",
    ),
    ("使用该部门经办人员的令牌", "use a token of such an officer"),
)
SEALING_SETTLER_FORBIDDEN = entry(
    "YW-SE-11",
    ProblemCode.FORBIDDEN,
    (
        "只有枢纽管理、运维人员和印章归属部门的人员可以裁定存疑的用印",
        "the hub office, operations and the body that owns the seal settle a sealing in doubt",
    ),
    ("使用相应人员的令牌", "use a token of such a person"),
)
SEALING_SETTLEMENT_INVALID = entry(
    "YW-SE-12",
    ProblemCode.BAD_INPUT,
    (
        "须在 notSealed、file、number 中填写且只填一个",
        "a settlement is exactly one of notSealed, file and number",
    ),
    ("按平台的记录填写", "give what the platform's own records say"),
)
SEALING_LIST_FORBIDDEN = entry(
    "YW-SE-13",
    ProblemCode.FORBIDDEN,
    (
        "用印统计与存疑的用印不向当前调用者开放",
        "the statistics of sealings, and those in doubt, are not shown to this caller",
    ),
    ("使用枢纽、运维、审计人员或部门的令牌", "use a token of the hub, operations, audit or a department"),
)
SEALING_NUMBER_UNASKED = entry(
    "YW-SE-14",
    ProblemCode.CONFLICT,
    (
        "印章平台不能按业务编号查询，编号无助于裁定",
        "the seal platform cannot be asked by its number now, so a number settles nothing",
    ),
    (
        "填写 notSealed，或上传平台所盖的文件填写 file",
        "give notSealed, or upload what the platform made and give file",
    ),
)
SEALING_UNSEEN = entry(
    "YW-SE-15",
    ProblemCode.CONFLICT,
    (
        "文件尚未打开核对，现已开始：核对之前不能审批",
        "the document has not been opened and counted, which begins now: nobody approves what was not looked at",
    ),
    ("稍候，核对页数后再审批", "wait a moment, look at the number of pages and approve it then"),
)

# ---- SE: why a sealing is not released
SEALING_CANCELLED = entry(
    "YW-SE-30",
    ProblemCode.CONFLICT,
    ("申请人撤回了用印", "it was cancelled before the seal was used"),
    ("需要时重新申请", "ask again if it is needed after all"),
)
SEALING_NOT_APPROVED = entry(
    "YW-SE-31",
    ProblemCode.FORBIDDEN,
    ("审批人未同意用印", "the seal's use was not approved"),
    ("与印章归属部门联系", "speak to the department that owns the seal"),
)
SEALING_PLATFORM_REFUSED = entry(
    "YW-SE-32",
    ProblemCode.CONFLICT,
    ("印章平台 {system} 拒绝了用印", "the seal platform {system} refused"),
    ("向该平台的管理单位查明原因", "ask those who run the platform for the reason"),
)
SEALING_PLATFORM_AWAY = entry(
    "YW-SE-33",
    ProblemCode.TIMEOUT,
    (
        "印章平台 {system} 在 {hours} 小时内未能送达，没有盖章",
        "the seal platform {system} could not be reached for {hours} hours; nothing was sealed",
    ),
    ("平台恢复后另取幂等键重新申请", "ask again with another key when it is back"),
)
SEALING_IN_DOUBT = entry(
    "YW-SE-34",
    ProblemCode.CONFLICT,
    (
        "印章平台 {system} 未作应答，不能确定是否已盖章",
        "the seal platform {system} gave no answer: it is not known whether the document was sealed",
    ),
    (
        "不要重新申请；每日对账或人工裁定后会有结果",
        "do not ask again: the daily reconciliation or a person will say what happened",
    ),
)
SEALING_UNVERIFIED = entry(
    "YW-SE-35",
    ProblemCode.CONFLICT,
    (
        "盖章结果未通过核验，已扣留：不是原文件加这一枚有效印章",
        "the result did not pass verification and is withheld: it is not the original with this valid seal",
    ),
    ("查看 verification，并与印章平台或运维人员联系", "see verification, and speak to the platform or to operations"),
)
SEALING_NOT_SEALED = entry(
    "YW-SE-36",
    ProblemCode.CONFLICT,
    ("经对账或人工确认，文件没有盖章", "reconciliation or a person found that the document was not sealed"),
    ("需要时另取幂等键重新申请", "ask again with another key if it is still needed"),
)
SEALING_KEY_UNUSABLE = entry(
    "YW-SE-37",
    ProblemCode.INTERNAL,
    ("印章的密钥无法使用", "the seal's key cannot be used"),
    (
        "告知运维人员检查密钥设备；恢复后另取幂等键重新申请",
        "tell operations to look at the key's device, and ask again with another key when it is back",
    ),
)
SEALING_INPUT_LOST = entry(
    "YW-SE-38",
    ProblemCode.CONFLICT,
    ("待盖章的文件已不可读，或与登记的摘要不符", "the document cannot be read any more, or is not what it was"),
    ("重新上传后另取幂等键申请", "upload it again and ask with another key"),
)
SEALING_BROKEN = entry(
    "YW-SE-39",
    ProblemCode.INTERNAL,
    ("网关在处理该用印时出错", "the gateway broke while it worked on this sealing"),
    ("告知运维人员", "tell operations"),
)
SEALING_SEAL_REVOKED = entry(
    "YW-SE-40",
    ProblemCode.CONFLICT,
    ("印章已注销，没有盖章", "the seal was revoked before it was used; nothing was sealed"),
    ("改用有效的印章重新申请", "ask for a seal that is valid"),
)
SEALING_NUMBER_OTHER = entry(
    "YW-SE-41",
    ProblemCode.CONFLICT,
    (
        "平台没有以所给业务编号办理这份文件，仍不能确定是否已盖章",
        "the platform did not do this document under the number that was given: it is as much in doubt as before",
    ),
    ("核对平台的记录后再次裁定", "look into the platform's records again, and settle it anew"),
)
SEALING_KEY_AWAY = entry(
    "YW-SE-42",
    ProblemCode.INTERNAL,
    (
        "印章的密钥暂时无法使用，将在 {hours} 小时内自动重试；尚未盖章",
        "the seal's key cannot be used now; nothing is sealed yet, and it is tried again for {hours} hours",
    ),
    (
        "无须重新申请；告知运维人员检查密钥设备的连接与动态库（docs/how-to/bring-keys.md）",
        "do not ask again; tell operations to look at the key's device and library (docs/how-to/bring-keys.md)",
    ),
)
SEALING_PIN_REFUSED = entry(
    "YW-SE-43",
    ProblemCode.INTERNAL,
    (
        "密钥设备不接受为该密钥设置的 PIN；为免锁死设备，不再以该 PIN 尝试；尚未盖章",
        "the key's device refused the PIN that is set; nothing is sealed, and the PIN is not tried again lest it lock",
    ),
    (
        "无须重新申请；告知运维人员改正 YIWANG_SEAL_PINS 所指文件并重启网关，{hours} 小时内会继续盖章",
        "do not ask again: within {hours} hours it goes on, when operations mend YIWANG_SEAL_PINS and restart",
    ),
)
