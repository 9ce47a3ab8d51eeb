"""Travellers' certificates made by an independent implementation of COSE in the shape of the published test data."""

import zlib
from typing import Any

import cbor2
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cwt import COSE, COSEKey

from lianfang.wire import base45, hcert
from lianfang.wire.keys import Algorithm, KeyUse, SigningKey, TrustList

AT = 1_624_000_000
DAY_S = 86_400
KID = bytes.fromhex("d919375fc1e7b6b2")
ES256 = SigningKey.from_secret(KID, Algorithm.ES256, bytes(range(1, 33)))
RSA = rsa.generate_private_key(65537, 2048)
TRUST = TrustList([ES256.trusted(KeyUse.TRAVEL, 0, AT * 2)])
TEST = {
    "tg": hcert.COVID_19, "tt": "LP6464-4", "nm": "x", "sc": "2021-06-17T09:00:00Z", "tr": hcert.NOT_DETECTED,
    "tc": "Test centre west", "co": "AT", "is": "Ministry of Health, Austria", "ci": "URN:UVCI:01:AT:B5921A35D6A0D696",
}  # fmt: skip
DOSE = {
    "tg": hcert.COVID_19, "vp": "1119349007", "mp": "EU/1/20/1528", "ma": "ORG-100030215", "dn": 1, "sd": 2,
    "dt": "2021-02-18", "co": "AT", "is": "Ministry of Health, Austria", "ci": "URN:UVCI:01:AT:10807843F94AEE0EE",
}  # fmt: skip
RECOVERY = {
    "tg": hcert.COVID_19, "fr": "2021-02-20", "df": "2021-04-04", "du": "2021-10-04", "co": "AT",
    "is": "Ministry of Health, Austria", "ci": "URN:UVCI:01:AT:858CC18CFCF5965EF82F60E493349AA5",
}  # fmt: skip


def claims(**said: Any) -> dict[int, Any]:
    name = {"fn": "Musterfrau-Gößinger", "fnt": "MUSTERFRAU<GOESSINGER", "gn": "Gabriele", "gnt": "GABRIELE"}
    certificate = {"ver": "1.2.1", "nam": name, "dob": "1998-02-26", **said}
    return {1: "AT", 4: AT + DAY_S, 6: AT - DAY_S, -260: {1: certificate}}


def cose_key(algorithm: str = "ES256") -> COSEKey:
    if algorithm == "PS256":
        pem = RSA.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return COSEKey.from_pem(pem, kid=KID, alg="PS256")
    numbers = ES256._private.private_numbers().public_numbers  # type: ignore[union-attr]
    x, y = (number.to_bytes(32) for number in (numbers.x, numbers.y))
    return COSEKey.new({1: 2, 2: KID, 3: -7, -1: 1, -2: x, -3: y, -4: ES256.secret()})


def text(payload: Any, algorithm: str = "ES256", *, packed: bool = True) -> str:
    message = COSE.new(alg_auto_inclusion=True, kid_auto_inclusion=True).encode(
        cbor2.dumps(payload), cose_key(algorithm)
    )
    return hcert.PREFIX + base45.encode(zlib.compress(message) if packed else message)
