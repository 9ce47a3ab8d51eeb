"""Keys and who is trusted: a key's id alone decides its algorithm and use, never what a message says of itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from lianfang.wire.refusal import Refusal, Refused

SIGNATURE_BYTES = 64
_HALF = SIGNATURE_BYTES // 2
SMALLEST_RSA_BITS = 2048
_PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.DIGEST_LENGTH)
_P256 = ec.SECP256R1()
_ES256 = ec.ECDSA(hashes.SHA256())


class Algorithm(IntEnum):
    """COSE algorithm numbers (RFC 9053)."""

    ES256 = -7
    EDDSA = -8
    PS256 = -37  # only read, on travellers' certificates


class KeyUse(IntEnum):
    """What a key may sign; a key of one use never passes for another."""

    CODE = 1
    STATUS = 2
    SNAPSHOT = 3
    TRAVEL = 4
    DOOR = 5
    SEAL = 6  # signs nothing: what is typed at doors is sealed to it


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A public key of the trust list. Seconds since the epoch: it signs what is issued in [starts_at, ends_at).

    `public`: 32 bytes for Ed25519, the compressed point (33 bytes) for ES256, DER for RSA.
    """

    kid: bytes
    algorithm: Algorithm
    use: KeyUse
    public: bytes
    starts_at: int
    ends_at: int


class SigningKey:
    """A private key with its id."""

    def __init__(
        self, kid: bytes, algorithm: Algorithm, private: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
    ) -> None:
        self.kid = kid
        self.algorithm = algorithm
        self._private = private

    @classmethod
    def made(cls, kid: bytes, algorithm: Algorithm) -> "SigningKey":
        """Return a new random key."""
        if algorithm is Algorithm.EDDSA:
            return cls(kid, algorithm, ed25519.Ed25519PrivateKey.generate())
        return cls(kid, algorithm, ec.generate_private_key(_P256))

    @classmethod
    def from_secret(cls, kid: bytes, algorithm: Algorithm, secret: bytes) -> "SigningKey":
        """Return the key of 32 secret bytes."""
        if algorithm is Algorithm.EDDSA:
            return cls(kid, algorithm, ed25519.Ed25519PrivateKey.from_private_bytes(secret))
        return cls(kid, algorithm, ec.derive_private_key(int.from_bytes(secret), _P256))

    def secret(self) -> bytes:
        """Return the 32 secret bytes."""
        if isinstance(self._private, ed25519.Ed25519PrivateKey):
            return self._private.private_bytes_raw()
        return self._private.private_numbers().private_value.to_bytes(_HALF)

    def public(self) -> bytes:
        """Return the public key as the trust list holds it."""
        if isinstance(self._private, ed25519.Ed25519PrivateKey):
            return self._private.public_key().public_bytes_raw()
        encoding, form = serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint
        return self._private.public_key().public_bytes(encoding, form)

    def trusted(self, use: KeyUse, starts_at: int, ends_at: int) -> TrustedKey:
        """Return this key's entry for the trust list."""
        return TrustedKey(self.kid, self.algorithm, use, self.public(), starts_at, ends_at)

    def sign(self, content: bytes) -> bytes:
        """Return the 64 bytes of the signature as COSE has them."""
        if isinstance(self._private, ed25519.Ed25519PrivateKey):
            return self._private.sign(content)
        r, s = decode_dss_signature(self._private.sign(content, _ES256))
        return r.to_bytes(_HALF) + s.to_bytes(_HALF)


class Verifier:
    """One public key, ready to verify."""

    def __init__(self, algorithm: Algorithm, public: bytes) -> None:
        """Raises: ValueError for bytes that are no public key of the algorithm."""
        self._key: ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey
        if algorithm is Algorithm.EDDSA:
            self._key = ed25519.Ed25519PublicKey.from_public_bytes(public)
        elif algorithm is Algorithm.PS256:
            self._key = _rsa_key(public)
        else:
            self._key = ec.EllipticCurvePublicKey.from_encoded_point(_P256, public)

    def accepts(self, signature: bytes, content: bytes) -> bool:
        """Return whether the signature is this key's over the content."""
        is_rsa = isinstance(self._key, rsa.RSAPublicKey)
        if not is_rsa and len(signature) != SIGNATURE_BYTES:
            return False
        try:
            if isinstance(self._key, rsa.RSAPublicKey):
                self._key.verify(signature, content, _PSS, hashes.SHA256())
            elif isinstance(self._key, ed25519.Ed25519PublicKey):
                self._key.verify(signature, content)
            else:
                r, s = int.from_bytes(signature[:_HALF]), int.from_bytes(signature[_HALF:])
                self._key.verify(encode_dss_signature(r, s), content, _ES256)
        except InvalidSignature:
            return False
        return True


def _rsa_key(public: bytes) -> rsa.RSAPublicKey:
    try:
        key = serialization.load_der_public_key(public)
    except UnsupportedAlgorithm as error:
        raise ValueError("no RSA key") from error
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < SMALLEST_RSA_BITS:
        raise ValueError("no RSA key of 2048 bits or more")
    return key


class TrustList:
    """The keys that are believed, by id."""

    def __init__(self, keys: Iterable[TrustedKey]) -> None:
        """Raises: ValueError when two keys share an id, or one is no key."""
        self.keys: dict[bytes, TrustedKey] = {}
        self._verifiers: dict[bytes, Verifier] = {}
        for key in keys:
            if key.kid in self.keys:
                raise ValueError(f"two keys have the id {key.kid.hex()}")
            self.keys[key.kid] = key
            self._verifiers[key.kid] = Verifier(key.algorithm, key.public)

    def find(self, kid: bytes, algorithm: object, use: KeyUse) -> tuple[TrustedKey, Verifier]:
        """Return the key of an id. Raises: Refused when there is none, or the message claims what the list does not say."""
        key = self.keys.get(kid)
        if key is None:
            raise Refused(Refusal.UNKNOWN_KEY)
        if key.algorithm != algorithm:
            raise Refused(Refusal.WRONG_ALGORITHM)
        if key.use is not use:
            raise Refused(Refusal.WRONG_USE)
        return key, self._verifiers[kid]


def require_in_force(key: TrustedKey, issued_at: int) -> None:
    """Raises: Refused when the key was not to be used at that second."""
    if not key.starts_at <= issued_at < key.ends_at:
        raise Refused(Refusal.KEY_NOT_IN_FORCE)
