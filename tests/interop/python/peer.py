"""PyPI `python-alipay-sdk`: verifies what we signed, and signs the same itself. `python peer.py SETS ANSWERS`"""

import json
import sys
from urllib.parse import parse_qsl

from alipay import AliPay


def pem(kind, text):
    return f"-----BEGIN {kind}-----\n{text}\n-----END {kind}-----"


with open(sys.argv[1], encoding="utf-8") as file:
    given = json.load(file)
client = AliPay(
    appid=given["appId"],
    app_private_key_string=pem("PRIVATE KEY", given["privateKey"]),
    alipay_public_key_string=pem("PUBLIC KEY", given["publicKey"]),
)


def fields(form):
    read = dict(parse_qsl(form, keep_blank_values=True, strict_parsing=True))
    return read, read.pop("sign")


def verify_request(form):
    read, sign = fields(form)
    # `verify` is for notifications and forgets sign_type, which a request signs.
    message = "&".join(f"{name}={value}" for name, value in client._ordered_data(read))
    return client._verify(message, sign)


def sign(one):
    fields = {
        "app_id": given["appId"],
        "method": one["method"],
        "charset": "utf-8",
        "biz_content": one["bizContent"],
        **one["parameters"],
    }
    return client.sign_data(fields)


answers = [
    {
        "id": one["id"],
        "request": verify_request(one["request"]),
        "notification": client.verify(*fields(one["notification"])),
        "theirs": sign(one),
    }
    for one in given["sets"]
    # It knows UTF-8 only.
    if one["charset"] == "utf-8"
]
with open(sys.argv[2], "w", encoding="utf-8") as file:
    json.dump(answers, file)
