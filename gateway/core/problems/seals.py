"""Problems of the seal register."""

from gateway.core.problems.catalogue import ProblemCode, entry

# ---- SR: the seal register
SEAL_UNKNOWN = entry(
    "YW-SR-01",
    ProblemCode.NOT_FOUND,
    ("印章不在册，或当前人员无权查看", "the seal is not in the register, or not yours to see"),
    ("用 seals 查询可见的印章", "list those that you may see with seals"),
)
SEALS_UNSEEN = entry(
    "YW-SR-02",
    ProblemCode.FORBIDDEN,
    ("印章登记册不向当前调用者开放", "the seal register is not shown to this caller"),
    (
        "使用经办、部门、枢纽、运维或审计人员的令牌",
        "use a token of an officer, a department, the hub, operations or audit",
    ),
)
SEAL_CHANGE_FORBIDDEN = entry(
    "YW-SR-03",
    ProblemCode.FORBIDDEN,
    ("当前人员无权对该印章进行此操作", "this is not for this person to do to the seal"),
    (
        "登记、换发、注销、移交由枢纽管理单位办理，授权由印章归属部门办理",
        "the hub office registers, renews, revokes and hands over; the owner's department authorises",
    ),
)
SEAL_CHANGED = entry(
    "YW-SR-04",
    ProblemCode.CONFLICT,
    ("印章已被他人变更，当前版本为 {version}", "somebody else changed the seal, its version is {version}"),
    ("重新读取后再改", "read it again, then change it"),
)
SEAL_STATE_OTHER = entry(
    "YW-SR-05",
    ProblemCode.CONFLICT,
    ("印章状态为 {state}，此操作要求 {wanted}", "the seal is {state}, and this needs it {wanted}"),
    ("查看印章当前状态", "look at the seal's state"),
)
SEAL_REVOKED = entry(
    "YW-SR-06",
    ProblemCode.CONFLICT,
    ("印章已注销，不能再变更", "the seal was revoked and changes no more"),
    ("登记新的印章", "register a new seal"),
)
SEAL_UNFREEZE_NEEDS_ANOTHER = entry(
    "YW-SR-07",
    ProblemCode.FORBIDDEN,
    ("解冻须由冻结人以外的人员办理", "another person than the one who froze the seal unfreezes it"),
    ("请另一位有权人员解冻", "ask another person who may"),
)
SEAL_NOT_IN_FORCE = entry(
    "YW-SR-08",
    ProblemCode.BAD_INPUT,
    ("印章或签章人证书此刻不在有效期内", "the seal or the signer's certificate is not in force at this time"),
    ("提供有效的印章与证书", "give a seal and a certificate that are in force"),
)
SEAL_RENEWED_BY_ITSELF = entry(
    "YW-SR-09",
    ProblemCode.BAD_INPUT,
    ("换发的印章与原印章相同", "the seal would be renewed by what it is already"),
    ("提供新的印章或证书", "give the new seal or certificate"),
)
SEAL_OWNED_ALREADY = entry(
    "YW-SR-10",
    ProblemCode.BAD_INPUT,
    ("该机构已是印章的归属机构", "the body owns the seal already"),
    ("填写接收机构的统一社会信用代码", "give the credit code of the body that takes it over"),
)
SEAL_OWNERS_TOO_MANY = entry(
    "YW-SR-11",
    ProblemCode.LIMIT,
    ("印章已移交 {limit} 次", "the seal has had {limit} owners"),
    ("登记新的印章", "register a new seal"),
)
SEAL_AUTHORISATION_TIME_INVALID = entry(
    "YW-SR-12",
    ProblemCode.BAD_INPUT,
    ("授权的截止时间须晚于现在与起始时间", "an authorisation ends after now, and after it begins"),
    ("调整授权的起止时间", "change its dates"),
)
SEAL_AUTHORISATIONS_TOO_MANY = entry(
    "YW-SR-13",
    ProblemCode.LIMIT,
    ("印章已有 {limit} 项有效授权", "the seal has {limit} authorisations that are not over"),
    ("先撤销不再需要的授权", "withdraw some that are not needed any more"),
)
SEAL_AUTHORISATION_UNKNOWN = entry(
    "YW-SR-14",
    ProblemCode.NOT_FOUND,
    ("印章没有该项有效授权", "the seal has no such authorisation that is not over"),
    ("从 seals 的 authorisations 选取", "take its id from the seal's authorisations"),
)
SEAL_CODES_INVALID = entry(
    "YW-SR-15",
    ProblemCode.BAD_INPUT,
    (
        "须填写 1 到 {limit} 项，每项 1 到 {length} 个可见字符；全部则仅写 *",
        "give 1 to {limit} entries of 1 to {length} visible characters each, or * alone for all",
    ),
    ("逐项写明授权范围", "write out what is authorised"),
)
SEAL_DOCUMENTS_INVALID = entry(
    "YW-SR-16",
    ProblemCode.BAD_INPUT,
    ("文件类型须为 application/ofd、application/pdf 或 *", "a document is application/ofd, application/pdf, or *"),
    ("改用上述文件类型", "give one of these types"),
)
SEAL_REASON_INVALID = entry(
    "YW-SR-17",
    ProblemCode.BAD_INPUT,
    ("原因须为 1 到 {limit} 个可见字符", "a reason is 1 to {limit} visible characters"),
    ("简要写明原因，不写个人信息", "say briefly why, and name no persons"),
)
SEAL_ENCODING_INVALID = entry(
    "YW-SR-18",
    ProblemCode.BAD_INPUT,
    ("须为不超过 {limit} 字节内容的 Base64", "this is no Base64 of at most {limit} bytes"),
    ("以标准 Base64 提供 DER 编码的印章与证书", "give seal and certificates, DER, in plain Base64"),
)
SEAL_UNFIT = entry(
    "YW-SR-19",
    ProblemCode.BAD_INPUT,
    ("印章或证书未通过核验：{reason}", "the seal or a certificate does not pass: {reason}"),
    ("向制章单位核对印章结构与证书链", "ask the maker of the seal for the right structure and chain"),
)
SEAL_ROUTE_INVALID = entry(
    "YW-SR-20",
    ProblemCode.BAD_INPUT,
    (
        "用印途径须为本网关可打开的密钥，或印章平台及其印章编号与方式；引用中不得含口令",
        "a route is a key that this gateway opens, or a platform with its number and mode; it holds no PIN",
    ),
    ("生产环境使用 pkcs11: 或 sdf: 密钥引用", "in production give a pkcs11: or sdf: reference"),
)
SEAL_PLATFORM_UNKNOWN = entry(
    "YW-SR-21",
    ProblemCode.BAD_INPUT,
    ("没有该代码的印章平台", "no seal platform has this code"),
    ("从 systems 选取系统代码", "take its code from systems"),
)
SEAL_NUMBER_TAKEN = entry(
    "YW-SR-22",
    ProblemCode.CONFLICT,
    ("该编号的印章已在册", "a seal of this number is registered already"),
    ("换发已有的印章，或核对印章编号", "renew the one that is there, or check the number"),
)
SEAL_FOR_PLATFORM_ONLY = entry(
    "YW-SR-23",
    ProblemCode.BAD_INPUT,
    ("2014 版印章只能由印章平台对整份文件用印", "a seal of the 2014 layout is put on documents by a platform only"),
    ("填写平台与 DOCUMENT 方式，或换发新版印章", "name a platform with mode DOCUMENT, or renew the seal"),
)
