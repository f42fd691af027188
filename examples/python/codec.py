"""Mooring's encryption of payloads, like src/temporal/codec.ts and src/crypto/key-ring.ts."""

import base64
import os
from collections.abc import Sequence

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

IV_BYTES = 12


class MooringCodec(PayloadCodec):
    def __init__(self, ring: str) -> None:
        """`ring` is MOORING_ENCRYPTION_KEYS: id:base64key[,...]; the first writes, all read."""
        entries = [entry.strip().split(":", 1) for entry in ring.split(",")]
        self._keys = {key_id: AESGCM(base64.b64decode(key)) for key_id, key in entries}
        self._writing = entries[0][0]

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._encrypt(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._decrypt(payload) for payload in payloads]

    def _encrypt(self, payload: Payload) -> Payload:
        iv = os.urandom(IV_BYTES)
        sealed = self._keys[self._writing].encrypt(
            iv, payload.SerializeToString(), self._authenticated(self._writing)
        )
        metadata = {"encoding": b"binary/encrypted", "encryption-key-id": self._writing.encode()}
        return Payload(metadata=metadata, data=iv + sealed)

    def _decrypt(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != b"binary/encrypted":
            return payload
        key_id = payload.metadata["encryption-key-id"].decode()
        iv, sealed = payload.data[:IV_BYTES], payload.data[IV_BYTES:]
        opened = self._keys[key_id].decrypt(iv, sealed, self._authenticated(key_id))
        return Payload.FromString(opened)

    @staticmethod
    def _authenticated(key_id: str) -> bytes:
        return f"{key_id}:mooring-payload".encode()
