"""Root fields of Mutation on the catalogue of data sharing."""

import strawberry

from schema.attempting import attempt
from schema.context import ContextInfo
from schema.types.share_catalogue import ImportShareCatalogueInput, ImportShareCataloguePayload


@strawberry.type
class CatalogueMutations:
    """What keeps the catalogue."""

    @strawberry.mutation(
        description="导入共享目录或事项关系：全部导入，或指出所有问题；文件未提及的保持不变。"
        "枢纽可导入全部，单位人员限本单位的资源 · "
        "Import resources or item relations from a table: all of it, or everything that is wrong with it; what it does "
        "not mention stays. For the hub office, and for people of a body of its own resources"
    )
    async def import_share_catalogue(
        self,
        info: ContextInfo,
        input: ImportShareCatalogueInput,  # noqa: A002 - as the contract names inputs
    ) -> ImportShareCataloguePayload | None:
        context = info.context
        importing = context.use_cases.sharing.import_catalogue(input.request(), context.call)
        report, problems = await attempt(importing, info)
        return ImportShareCataloguePayload.of(report, problems, context.call.language)
