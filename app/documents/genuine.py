"""That a paper is genuine: the address its QR code leads to, and the bureau's electronic signature where it has one.

The signature is optional (`PAPER_CERTIFICATE`, a PKCS #12 file): PAdES through pyHanko, without changing a page. SM2
signatures and seals of GB/T 38540 are made by certified systems that take the PDF as it is.
"""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import current_app

from app.core import settings
from app.core.errors import Refusal


def address(code: str) -> str:
    """Where anybody can ask whether the paper with this code is genuine."""
    return f"{_portal()}/verify/{code}"


def look_up() -> str:
    """Where a petitioner looks up their petition."""
    return f"{_portal()}/public/"


def _portal() -> str:
    return settings.text("portal_address").rstrip("/")


def sealed(content: bytes) -> bytes:
    """The PDF with the bureau's electronic signature, or as it is where no certificate is configured."""
    path = current_app.config.get("PAPER_CERTIFICATE") or ""
    if not path:
        return content
    return _signed(content, _signer(path, current_app.config.get("PAPER_CERTIFICATE_PASSWORD") or ""))


def _signed(content: bytes, signer: Any) -> bytes:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers

    metadata = signers.PdfSignatureMetadata(
        field_name="Signature", certify=True, subfilter=fields.SigSeedSubFilter.PADES, md_algorithm="sha256",
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )  # fmt: skip
    out = signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(content)), metadata, signer)
    return bytes(out.getvalue())


@lru_cache(maxsize=4)
def _signer(path: str, password: str) -> Any:
    from pyhanko.sign import signers

    if not Path(path).is_file():
        raise Refusal(f"PAPER_CERTIFICATE: {Path(path).name}")
    signer = signers.SimpleSigner.load_pkcs12(path, passphrase=password.encode() or None)
    if signer is None:
        raise Refusal("PAPER_CERTIFICATE: PKCS #12")
    return signer
