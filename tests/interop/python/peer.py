"""PyPI `python-alipay-sdk`: verifies what we signed, and signs the same itself. `python peer.py SETS ANSWERS`"""

import json
import sys
from urllib.parse import parse_qsl

from alipay import AliPay, DCAliPay


def pem(kind, text):
    return f"-----BEGIN {kind}-----\n{text}\n-----END {kind}-----"


with open(sys.argv[1], encoding="utf-8") as file:
    given = json.load(file)
private_key = pem("PRIVATE KEY", given["privateKey"])
client = AliPay(
    appid=given["appId"],
    app_private_key_string=private_key,
    alipay_public_key_string=pem("PUBLIC KEY", given["publicKey"]),
)
with_certificates = DCAliPay(
    appid=given["appId"],
    app_private_key_string=private_key,
    app_public_key_cert_string=given["chain"]["app"],
    alipay_public_key_cert_string=given["chain"]["alipay"],
    alipay_root_cert_string=given["chain"]["roots"],
)


def client_of(one):
    return with_certificates if one["mode"] == "certificates" else client


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
    if one["mode"] == "certificates":
        # As its `build_body` does.
        fields["app_cert_sn"] = with_certificates.app_cert_sn
        fields["alipay_root_cert_sn"] = with_certificates.alipay_root_cert_sn
    return client_of(one).sign_data(fields)


def sn(file):
    return (DCAliPay.get_root_cert_sn if file["bundle"] else DCAliPay.get_cert_sn)(file["pem"])


answers = [
    {
        "id": one["id"],
        "request": verify_request(one["request"]) and verify_request(one["order"]),
        "notification": client_of(one).verify(*fields(one["notification"])),
        "theirs": sign(one),
    }
    for one in given["sets"]
    # It knows UTF-8 only, and no encryption. Nor v3.
    if one["charset"] == "utf-8" and one["mode"] != "encrypted"
]
certificates = {file["name"]: sn(file) for file in given["certificates"]}
with open(sys.argv[2], "w", encoding="utf-8") as file:
    json.dump({"sets": answers, "certificates": certificates}, file)
