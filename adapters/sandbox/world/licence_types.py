"""The kinds of licence that the synthetic province issues."""

from adapters.sandbox.world.model import FaceSpec, HeldBy, LicenceType
from adapters.sandbox.world.places import defining_bodies

_HOLDER = FaceSpec("XM", "姓名", "holders")
_DOCUMENT = FaceSpec("GMSFHM", "公民身份号码", "document")
_COMPANY = FaceSpec("MC", "名称", "holders")
_CREDIT = FaceSpec("TYSHXYDM", "统一社会信用代码", "document")
_NUMBER = FaceSpec("ZSBH", "证书编号", "number")
_ISSUER = FaceSpec("FZJG", "发证机关", "issuer")
_ISSUED = FaceSpec("FZRQ", "发证日期", "issued")


def _option(name: str, label: str, *options: str) -> FaceSpec:
    return FaceSpec(name, label, "option", options)


_PERSON = (_HOLDER, _DOCUMENT, _NUMBER, _ISSUER, _ISSUED)
_FIRM = (_COMPANY, _CREDIT, _NUMBER, _ISSUER, _ISSUED)

# key: name, held by, department, years, weight, fields of its own
_TABLE: dict[str, tuple[str, HeldBy, str, int | None, int, tuple[FaceSpec, ...]]] = {
    "household": ("居民户口簿", "person", "police", None, 12, (_option("HB", "户别", "家庭户", "集体户"),)),
    "residence": ("居住证", "person", "police", 1, 6, (_option("ZZXZ", "居住性质", "租房", "自有", "单位宿舍"),)),
    "driving": ("机动车驾驶证", "person", "police", 10, 14, (_option("ZJCX", "准驾车型", "C1", "C2", "B2", "A1"),)),
    "vehicle": ("机动车行驶证", "person", "police", None, 8, (_option("SYXZ", "使用性质", "非营运", "营运"),)),
    "marriage": ("结婚证", "couple", "civil", None, 8, (_option("GJ", "国籍", "中国"),)),
    "divorce": ("离婚证", "couple", "civil", None, 2, ()),
    "estate": ("不动产权证书", "couple", "estate", 70, 8, (_option("GYQK", "共有情况", "共同共有", "按份共有"),)),
    "social": ("社会保障卡", "person", "labour", 10, 8, (_option("KZT", "卡状态", "正常", "封存"),)),
    "birth": ("出生医学证明", "person", "health", None, 3, (_option("XB", "新生儿性别", "男", "女"),)),
    "nurse": ("护士执业证书", "person", "health", 5, 2, (_option("ZYDD", "执业地点", "示例医院", "示例卫生院"),)),
    "healthcheck": ("从业人员健康证明", "person", "health", 1, 4, (_option("TJJL", "体检结论", "合格"),)),
    "teacher": ("教师资格证书", "person", "education", None, 2, (_option("XD", "任教学段", "小学", "初级中学"),)),
    "carrier": ("道路运输从业资格证", "person", "transport", 6, 3, (_option("LB", "从业类别", "货运", "客运"),)),
    "disabled": ("残疾人证", "person", "disabled", 10, 1, (_option("CJDJ", "残疾等级", "一级", "二级", "三级"),)),
    "business": ("营业执照", "organisation", "market", None, 9, (_option("LX", "类型", "有限责任公司", "个体工商户"),)),
    "food": ("食品经营许可证", "organisation", "market", 5, 5, (_option("ZTYT", "主体业态", "餐饮服务", "食品销售"),)),
    "drug": ("药品经营许可证", "organisation", "market", 5, 1, (_option("JYFS", "经营方式", "零售", "批发"),)),
    "haulage": ("道路运输经营许可证", "organisation", "transport", 4, 2, (_option("JYFW", "经营范围", "普通货运"),)),
    "building": ("建筑业企业资质证书", "organisation", "housing", 5, 1, (_option("ZZDJ", "资质等级", "二级", "三级"),)),
    "safety": ("安全生产许可证", "organisation", "emergency", 3, 1, (_option("XKFW", "许可范围", "建筑施工"),)),
    "mortgage": ("不动产登记证明", "couple", "estate", 30, 3, (_option("ZMQL", "证明权利", "抵押权", "预告登记"),)),
}


def licence_types() -> dict[str, LicenceType]:
    """The types by key; a code is the credit code of the body that defines the type, and three digits."""
    definers = defining_bodies()
    made = {}
    for order, (key, (name, held_by, department, years, weight, own)) in enumerate(_TABLE.items(), start=1):
        face = (_FIRM if held_by == "organisation" else _PERSON) + own
        code = f"{definers[department].code}{order:03}"
        made[key] = LicenceType(code, f"{name}示例", held_by, department, years, weight, face)
    return made
