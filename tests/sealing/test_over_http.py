"""A gateway that runs: documents go in over HTTP and come out sealed."""

from pathlib import Path

from tests.ofd.world import HELLO
from tests.pdf.documents import pdf
from tests.sealing.live import OFFICER, SECOND, live

SEAL = """
mutation ($input: SealDocumentInput!) {
  sealDocument(input: $input) { sealing { id state } problems { code message } }
}
"""
SEAL_MANY = """
mutation ($input: SealDocumentsInput!) {
  sealDocuments(input: $input) { batch sealings { id state } problems { code message } }
}
"""
VERIFY = """
mutation ($input: VerifyFileInput!) {
  verifySealedDocument(input: $input) { verification { verdict steps { number name verdict } } problems { message } }
}
"""


async def test_documents_are_sealed_and_verified_over_http(tmp_path: Path) -> None:
    async with live(tmp_path) as gateway:
        use = await gateway.use()
        upload = await gateway.upload(HELLO, "公文.ofd")
        asked = {
            "idempotencyKey": "key-1", "use": use, "seal": gateway.seal, "file": {"upload": upload},
            "at": {"page": 1, "x": 30, "y": 40},
        }  # fmt: skip
        first = (await gateway.ask(OFFICER, SEAL, input=asked))["sealDocument"]
        again = (await gateway.ask(OFFICER, SEAL, input=asked))["sealDocument"]
        assert first["problems"] == []
        assert again["sealing"]["id"] == first["sealing"]["id"]
        done = await gateway.ended(first["sealing"]["id"])
        assert done["state"] == "RELEASED", done
        assert done["verification"]["verdict"] == "VALID"
        sealed = await gateway.fetch(done["file"]["url"])
        assert len(sealed) == done["file"]["bytes"]
        assert '"RELEASED"' in await gateway.followed(OFFICER, first["sealing"]["id"])
        assert '"NOT_FOUND"' in await gateway.followed(OFFICER, "nothing")
        other = dict(asked, crossPage=True, at=None)
        clash = (await gateway.ask(OFFICER, SEAL, input=other))["sealDocument"]
        assert clash["problems"][0]["code"] == "CONFLICT"

        verified = await gateway.ask(
            SECOND, VERIFY, input={"file": {"upload": await gateway.upload(sealed, "a.ofd", SECOND)}}
        )
        assert verified["verifySealedDocument"]["verification"]["verdict"] == "VALID"

        documents = [
            {
                "idempotencyKey": f"pdf-{number}",
                "file": {"upload": await gateway.upload(pdf("", "", text=(f"document {number}",)), f"{number}.pdf")},
            }
            for number in range(3)
        ]
        many = await gateway.ask(
            OFFICER, SEAL_MANY, input={"use": use, "seal": gateway.seal, "documents": documents, "crossPage": True}
        )
        for sealing in many["sealDocuments"]["sealings"]:
            found = await gateway.ended(sealing["id"])
            assert found["state"] == "RELEASED", found
        listed = await gateway.ask(
            OFFICER,
            "query ($batch: ID) { sealings(batch: $batch) { nodes { id state attempts { number platform told } } } }",
            batch=many["sealDocuments"]["batch"],
        )
        assert len(listed["sealings"]["nodes"]) == 3
