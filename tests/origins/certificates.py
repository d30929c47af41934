"""Certificates for servers on this machine, and an authority that vouches for them, made for a test."""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.origins.server import HERE

DAY = timedelta(days=1)
ELSEWHERE = "192.0.2.1"  # RFC 5737: of documentation, nobody's
KINDS = {  # begin and end in days from now, and the host
    "good": (-1, 1, HERE),
    "expired": (-20, -1, HERE),
    "early": (1, 2, HERE),
    "misnamed": (-1, 1, ELSEWHERE),
    "self_signed": (-1, 1, HERE),
}


def make(folder: Path) -> dict[str, Path]:
    """PEM files in `folder`: `authority`, to trust, and key and certificate of each of KINDS, for `serving`."""
    now = datetime.now(UTC)
    issuer, signer = _name("Authority of the tests"), ec.generate_private_key(ec.SECP256R1())
    files = {kind: folder / f"{kind}.pem" for kind in ("authority", *KINDS)}
    files["authority"].write_bytes(_pem(_certificate(signer, issuer, signer, issuer, now - 30 * DAY, now + DAY)))
    for kind, (begin, end, host) in KINDS.items():
        key, subject = ec.generate_private_key(ec.SECP256R1()), _name(f"{kind} of the tests")
        by = (key, subject) if kind == "self_signed" else (signer, issuer)
        made = _certificate(key, subject, *by, now + begin * DAY, now + end * DAY, host)
        none = serialization.NoEncryption()
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, none)
        files[kind].write_bytes(pem + _pem(made))
    return files


def _name(words: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, words)])


def _certificate(
    key: ec.EllipticCurvePrivateKey,
    subject: x509.Name,
    signer: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    begin: datetime,
    end: datetime,
    host: str | None = None,
) -> x509.Certificate:
    """Of an address of the internet, or of an authority."""
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(begin).not_valid_after(end)
    made = made.add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
    made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    made = made.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    if host is not None:
        made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
    else:  # signs certificates and their revocations, and nothing else
        made = made.add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), critical=True)
    return made.sign(signer, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
