"""`yiwang seal make`: seals for development, by an authority made on the spot or by a maker whose key is given."""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from certs.seals import Picture, Seal, SealDraft, SealVersion, SignerList, make_seal
from certs.seals.making import LARGEST_PICTURE
from certs.seals.pictures import LONGEST_NAME, check_picture, picture_type, round_seal
from certs.signers import HeldSigner, Signer, open_signer
from certs.x509 import Certificate, DevelopmentAuthority, Issued
from certs.x509.private_key import key_to_pem
from gateway.cli.files import write_private
from gateway.cli.seal_files import read_small
from gateway.cli.seal_inputs import in_production, pin, read_chain
from gateway.cli.seal_problems import FAILURES, Unusable
from gateway.cli.seal_terminal import fail, say
from gateway.core.text import Text
from gateway.system_clock import SystemClock

_LONGEST_DAYS: Final = 3_600
_BODYS_SEAL: Final = 1
_MARGIN: Final = timedelta(days=1)

_PRODUCTION = Text(
    "生产环境不制作印章：印章由有资质的单位制作并备案",
    "seals are not made in production: theirs are made by licensed makers and filed with the authority",
)
_IMPORT = Text(
    "使用已备案的印章文件（docs/how-to/seal-documents.md）", "use a seal that was filed (docs/how-to/seal-documents.md)"
)
_TAKEN = Text("{folder} 已存在且不为空", "{folder} is there already and not empty")
_OTHER_FOLDER = Text("写一个新文件夹", "name a new folder")
_ONE_OF_TWO = Text("--maker-key 与 --maker-cert 须同时给出", "--maker-key and --maker-cert go together")
_BOTH = Text("两个都给出，或都不给出（临时生成）", "give both, or neither: then a maker is made on the spot")
_NAME = Text("印章名称须为 1 到 {most} 个字符", "a seal's name has 1 to {most} characters")
_SHORTER = Text("写较短的名称", "give a shorter one")
_PICTURE = Text("印章图片", "a seal's picture")
_LEFT_OUT = Text("图片中缺少：{what}（请安装中文字体）", "the picture lacks: {what} (install a Chinese font)")
_MADE = Text("印章 {name}（V{version}），有效期至 {until}", "seal {name} (V{version}), in force until {until}")


class Version(StrEnum):
    """After which standard: GB/T 38540-2020, or GM/T 0031-2025."""

    V4 = "4"
    V5 = "5"


def make(  # noqa: PLR0913, PLR0917 - one option per property; typer calls by name
    folder: Annotated[Path, typer.Argument(help="要写入的新文件夹 · a new folder for all that is made")],
    name: Annotated[str, typer.Option(help="印章名称 · the seal's name, along its ring")] = "测试专用章",
    code: Annotated[str, typer.Option(help="印章编码，刻在下方 · a number below the star")] = "",
    version: Annotated[Version, typer.Option(help="4：GB/T 38540；5：GM/T 0031-2025 · the standard")] = Version.V4,
    millimetres: Annotated[int, typer.Option(min=10, max=100, help="直径，毫米 · diameter on paper, mm")] = 42,
    days: Annotated[int, typer.Option(min=1, max=_LONGEST_DAYS, help="有效天数 · days in force")] = 365,
    picture: Annotated[
        Path | None, typer.Option(help="图片，代替所绘圆章 · PNG, SVG, OFD … instead of the round seal that is drawn")
    ] = None,
    signer_cert: Annotated[
        list[Path] | None, typer.Option(help="可用此章的证书，可多次 · who may sign with it; may be repeated")
    ] = None,
    maker_key: Annotated[str | None, typer.Option(help="制章者密钥引用 · the maker's key: file:…, sdf:…")] = None,
    maker_cert: Annotated[Path | None, typer.Option(help="制章者证书 · the maker's certificate")] = None,
) -> None:
    """制作开发用印章，生产模式拒绝 · Make a seal for development; production refuses to.

    The folder gets the seal, its picture, keys and certificates of signer and maker that are not given, and trust/.

    Only its owner can read what is made. `yiwang seal verify --trust` takes the folder trust/.
    """
    try:
        _refuse(folder, name, maker_key, maker_cert)
        drawn = draw_seal(picture, name, code, millimetres)
        signers = [read_chain(file)[0] for file in signer_cert or ()]
        making = SealMaking(SystemClock(), folder, timedelta(days=days))
        seal = asyncio.run(making.run(name, SealVersion(int(version)), drawn, signers, maker_key, maker_cert))
    except FAILURES as error:
        fail(error)
    for file in making.written:
        say(Text(f"✓ {file}", f"✓ {file}"))
    until = f"{seal.valid_until:%Y-%m-%d}"
    say(_MADE.format(name=seal.name, version=seal.version.value, until=until))


class SealMaking:
    """One seal on its way into its folder; what is written is written last, when all of it is there."""

    def __init__(self, clock: SystemClock, folder: Path, life: timedelta) -> None:
        self._clock = clock
        self._folder = folder
        self._now = clock.now().replace(microsecond=0)
        self._until = self._now + life
        self._files: dict[str, bytes] = {}
        self.written: list[Path] = []

    async def run(
        self,
        name: str,
        version: SealVersion,
        picture: Picture,
        signers: Sequence[Certificate],
        maker_key: str | None,
        maker_cert: Path | None,
    ) -> Seal:
        """Make it."""
        authority = DevelopmentAuthority.create(self._clock)
        if not signers:
            issued = self._issue(authority, "signer")
            signers = [issued.certificate]
        if maker_key is not None and maker_cert is not None:
            maker: Signer = await open_signer(maker_key, read_chain(maker_cert)[0], pin=pin())
        else:
            made = self._issue(authority, "maker")
            maker = HeldSigner(made.key, made.certificate)
        draft = SealDraft(
            kind=_BODYS_SEAL,
            identity=f"YIWANG{secrets.token_hex(8).upper()}",
            name=name,
            signers=SignerList(certificates=tuple(one.der for one in signers)),
            picture=picture,
            created_at=self._now,
            valid_from=self._now,
            valid_until=self._until,
            version=version,
        )
        try:
            seal = await make_seal(draft, maker)
        finally:
            await maker.aclose()
        self._write(seal, authority)
        return seal

    def _issue(self, authority: DevelopmentAuthority, name: str) -> Issued:
        issued = authority.issue(f"Development {name}", not_after=self._until + _MARGIN)
        chain = (issued.certificate, *issued.chain)
        self._files[f"{name}.pem"] = "".join(one.to_pem() for one in chain).encode()
        self._files[f"{name}.key"] = key_to_pem(issued.key).encode()
        return issued

    def _write(self, seal: Seal, authority: DevelopmentAuthority) -> None:
        files = {"seal.esl": seal.envelope.raw, f"seal.{picture_type(seal.picture).lower()}": seal.picture.data}
        if self._files:
            between = authority.intermediate
            files |= self._files
            files["trust/root.pem"] = authority.root.certificate.to_pem().encode()
            files["trust/chain/authority.pem"] = between.certificate.to_pem().encode()
            files["trust/root.crl"] = authority.crl(authority.root, next_update=self._until)
            files["trust/authority.crl"] = authority.crl(between, next_update=self._until)
        for name, content in files.items():
            write_private(self._folder / name, content)
            self.written.append(self._folder / name)


def _refuse(folder: Path, name: str, maker_key: str | None, maker_cert: Path | None) -> None:
    if in_production():
        raise Unusable(_PRODUCTION, _IMPORT)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Unusable(_TAKEN.format(folder=folder), _OTHER_FOLDER)
    if (maker_key is None) is not (maker_cert is None):
        raise Unusable(_ONE_OF_TWO, _BOTH)
    if not 0 < len(name) <= LONGEST_NAME:
        raise Unusable(_NAME.format(most=LONGEST_NAME), _SHORTER)


def draw_seal(file: Path | None, name: str, code: str, millimetres: int) -> Picture:
    """The picture in a file, or a round red seal."""
    if file is not None:
        data = read_small(file, LARGEST_PICTURE, _PICTURE)
        given = Picture(file.suffix.lstrip(".").upper(), data, millimetres, millimetres)
        return Picture(check_picture(given).value, data, millimetres, millimetres)
    drawn = round_seal(name, code=code, millimetres=millimetres)
    for what in drawn.left_out:
        say(Text(_LEFT_OUT.zh.format(what=what.zh), _LEFT_OUT.en.format(what=what.en)))
    return Picture("PNG", drawn.png, millimetres, millimetres)
