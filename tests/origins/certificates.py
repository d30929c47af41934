"""Certificates for servers on this machine, and an authority that vouches for them; made for a test, in a folder of its own."""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.origins.server import HERE

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Certificates:
    """authority : PEM to trust, for REQUESTS_CA_BUNDLE or an argument. The others: PEM of key and certificate, for `serving`.

    good : of this machine.   expired : yesterday.   early : holds from tomorrow on.   misnamed : of another host.
    self_signed : vouched for by nobody.
    """

    authority: Path
    good: Path
    expired: Path
    early: Path
    misnamed: Path
    self_signed: Path


def make(folder: Path) -> Certificates:
    """All of them, in `folder`."""
    now = datetime.now(UTC)
    issuer = _name("Authority of the tests")
    signer = ec.generate_private_key(ec.SECP256R1())
    authority = _certificate(signer, issuer, signer, issuer, now - 30 * DAY, now + DAY, None)
    kinds = {
        "good": (now - DAY, now + DAY, HERE, False),
        "expired": (now - 20 * DAY, now - DAY, HERE, False),
        "early": (now + DAY, now + 2 * DAY, HERE, False),
        "misnamed": (now - DAY, now + DAY, "192.0.2.1", False),  # RFC 5737: of documentation, nobody's
        "self_signed": (now - DAY, now + DAY, HERE, True),
    }
    trusted = folder / "authority.pem"
    trusted.write_bytes(_pem(authority))
    for kind, (opens, closes, host, alone) in kinds.items():
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(f"{kind} of the tests")
        made = _certificate(key, subject, key if alone else signer, subject if alone else issuer, opens, closes, host)
        (folder / f"{kind}.pem").write_bytes(_key(key) + _pem(made))
    return Certificates(trusted, *(folder / f"{kind}.pem" for kind in kinds))


def _name(words: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, words)])


def _certificate(
    key: ec.EllipticCurvePrivateKey,
    subject: x509.Name,
    signer: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    opens: datetime,
    closes: datetime,
    host: str | None,
) -> x509.Certificate:
    """host : an address of the internet; None makes an authority."""
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(opens).not_valid_after(closes)
    made = made.add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
    made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    made = made.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    if host is not None:
        made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
    else:
        usage = dict.fromkeys(
            (
                "digital_signature",
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "encipher_only",
                "decipher_only",
            ),
            False,
        )
        made = made.add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
    return made.sign(signer, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
