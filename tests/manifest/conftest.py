"""What several tests of manifests share: the cases, and a describer that reads outlines instead of WSDLs."""

from pathlib import Path

import msgspec
import pytest

from adapters.kit.manifest.model import SoapProtocol
from adapters.kit.manifest.outline import Describe, Description, DescriptionInvalid
from gateway.core.text import Text


@pytest.fixture(scope="session")
def cases() -> Path:
    return Path(__file__).parent / "cases"


@pytest.fixture(scope="session")
def describe() -> Describe:
    def outline(wsdl: Path, soap: SoapProtocol) -> Description:
        assert wsdl.name == soap.wsdl
        if (wsdl.parent / "unusable").exists():
            raise DescriptionInvalid(Text("含有 DOCTYPE", "it holds a DOCTYPE"))
        return msgspec.json.decode((wsdl.parent / "outline.json").read_bytes(), type=Description)

    return outline
