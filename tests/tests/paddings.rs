//! Wycheproof's categories for RSASSA-PKCS1-v1_5 with SHA-1 and SHA-256: Wycheproof has no SHA-1 set.
//!
//! Each padding is built by hand here, byte by byte, and raised to the private exponent by `openssl pkeyutl` without any
//! padding of its own (raw decryption is the same power). Only OpenSSL's own signature and the padding that equals it are
//! valid; a missing NULL is refused, as in `wycheproof.rs`.

use alipay_core::{
    key::{PrivateKey, PublicKey},
    sign::SignType,
};
use conformance::{backends::BothVerifiers, openssl::Workshop};

const MESSAGE: &[u8] = "总金额 88.88".as_bytes();
const SHA1_OID: &[u8] = &[0x06, 5, 0x2b, 0x0e, 0x03, 0x02, 0x1a];
const SHA256_OID: &[u8] = &[0x06, 9, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
const MD5_OID: &[u8] = &[0x06, 8, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05];
const NULL: &[u8] = &[0x05, 0];

/// A tag, a short DER length and the contents.
fn tlv(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let contents = contents.concat();
    let length = u8::try_from(contents.len()).expect("a short value");
    [&[tag, length][..], &contents].concat()
}

/// The same with its length in two bytes: BER, not DER.
fn tlv_long_length(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let contents = contents.concat();
    let length = u8::try_from(contents.len()).expect("a short value");
    [&[tag, 0x81, length][..], &contents].concat()
}

/// The same with an indefinite length.
fn tlv_indefinite(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    [&[tag, 0x80][..], &contents.concat(), &[0, 0]].concat()
}

/// `00 block_type FF…FF 00 tail`, as long as the modulus.
fn padded(size: usize, block_type: u8, tail: &[u8]) -> Vec<u8> {
    let fill = size - tail.len() - 3;
    [&[0, block_type][..], &vec![0xff; fill], &[0], tail].concat()
}

/// A padding whose run of FF is `run` bytes long, the rest of the block being `garbage` after the digest.
fn with_garbage(size: usize, run: usize, tail: &[u8]) -> Vec<u8> {
    let mut block = [&[0, 1][..], &vec![0xff; run], &[0], tail].concat();
    block.resize(size, 0x5a);
    block
}

fn refused_paddings(size: usize, oid: &[u8], digest: &[u8], other: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let algorithm = tlv(0x30, &[oid, NULL]);
    let octets = tlv(0x04, &[digest]);
    let info = tlv(0x30, &[&algorithm, &octets]);
    let good = padded(size, 1, &info);
    let changed = |at: usize, to: u8| {
        let mut block = good.clone();
        assert_ne!(block[at], to);
        block[at] = to;
        block
    };
    let separator = size - info.len() - 1;
    let in_block = |info: &[u8]| padded(size, 1, info);
    vec![
        // MissingNull.
        (
            "missing NULL",
            in_block(&tlv(0x30, &[&tlv(0x30, &[oid]), &octets])),
        ),
        // BerEncodedPadding.
        (
            "BER length of the DigestInfo",
            in_block(&tlv_long_length(0x30, &[&algorithm, &octets])),
        ),
        (
            "BER length of the algorithm",
            in_block(&tlv(0x30, &[&tlv_long_length(0x30, &[oid, NULL]), &octets])),
        ),
        (
            "BER length of the digest",
            in_block(&tlv(0x30, &[&algorithm, &tlv_long_length(0x04, &[digest])])),
        ),
        (
            "BER length of NULL",
            in_block(&tlv(0x30, &[&tlv(0x30, &[oid, &[0x05, 0x81, 0]]), &octets])),
        ),
        (
            "indefinite length of the DigestInfo",
            in_block(&tlv_indefinite(0x30, &[&algorithm, &octets])),
        ),
        (
            "indefinite length of the algorithm",
            in_block(&tlv(0x30, &[&tlv_indefinite(0x30, &[oid, NULL]), &octets])),
        ),
        // InvalidAsnInPadding.
        (
            "wrong tag of the DigestInfo",
            in_block(&tlv(0x31, &[&algorithm, &octets])),
        ),
        (
            "bit string instead of octet string",
            in_block(&tlv(0x30, &[&algorithm, &tlv(0x03, &[digest])])),
        ),
        (
            "parameters that are not NULL",
            in_block(&tlv(0x30, &[&tlv(0x30, &[oid, &tlv(0x04, &[&[]])]), &octets])),
        ),
        (
            "NULL with contents",
            in_block(&tlv(0x30, &[&tlv(0x30, &[oid, &tlv(0x05, &[&[0]])]), &octets])),
        ),
        (
            "trailing element in the DigestInfo",
            in_block(&tlv(0x30, &[&algorithm, &octets, NULL])),
        ),
        (
            "trailing element in the algorithm",
            in_block(&tlv(0x30, &[&tlv(0x30, &[oid, NULL, NULL]), &octets])),
        ),
        ("no algorithm", in_block(&tlv(0x30, &[&octets]))),
        (
            "digest with a leading zero",
            in_block(&tlv(0x30, &[&algorithm, &tlv(0x04, &[&[0], digest])])),
        ),
        (
            "digest cut short",
            in_block(&tlv(0x30, &[&algorithm, &tlv(0x04, &[&digest[1..]])])),
        ),
        ("truncated DigestInfo", in_block(&info[..info.len() - 1])),
        // NoHash and WrongHash.
        ("no DigestInfo, the bare digest", in_block(digest)),
        (
            "empty digest",
            in_block(&tlv(0x30, &[&algorithm, &tlv(0x04, &[])])),
        ),
        ("nothing after the padding", in_block(&[])),
        (
            "MD5's identifier",
            in_block(&tlv(0x30, &[&tlv(0x30, &[MD5_OID, NULL]), &octets])),
        ),
        (
            "the other algorithm's identifier",
            in_block(&tlv(
                0x30,
                &[
                    &tlv(0x30, &[if oid == SHA1_OID { SHA256_OID } else { SHA1_OID }, NULL]),
                    &octets,
                ],
            )),
        ),
        (
            "the other algorithm's digest",
            in_block(&tlv(0x30, &[&algorithm, &tlv(0x04, &[other])])),
        ),
        (
            "a digest of something else",
            in_block(&tlv(
                0x30,
                &[&algorithm, &tlv(0x04, &[&vec![0x11; digest.len()]])],
            )),
        ),
        // InvalidPadding and ModifiedPadding.
        ("block type 0", [&vec![0; size - info.len()][..], &info].concat()),
        ("block type 2", padded(size, 2, &info)),
        ("block type 3", padded(size, 3, &info)),
        ("first padding byte changed", changed(2, 0xfe)),
        ("padding byte changed in the middle", changed(size / 4, 0x7f)),
        ("last padding byte changed", changed(separator - 1, 0xfe)),
        ("zero inside the padding", changed(40, 0)),
        ("separator is not zero", changed(separator, 1)),
        ("separator missing", changed(separator, 0xff)),
        ("leading byte is one", changed(0, 1)),
        // ShortPadding, with garbage behind the digest (Bleichenbacher's forgery of 2006) or inside it.
        (
            "eight bytes of padding, then garbage",
            with_garbage(size, 8, &info),
        ),
        ("one byte of padding, then garbage", with_garbage(size, 1, &info)),
        ("no padding, then garbage", with_garbage(size, 0, &info)),
        (
            "trailing garbage of one byte",
            with_garbage(size, size - info.len() - 4, &info),
        ),
        (
            "garbage in the parameters",
            in_block(&tlv(
                0x30,
                &[&tlv(0x30, &[oid, &tlv(0x05, &[&[0x5a; 40]])]), &octets],
            )),
        ),
    ]
}

/// The padding raised to the private exponent, and nothing else. (`pkeyutl -sign` takes no input longer than a hash.)
fn raw_signature(workshop: &Workshop, block: &[u8]) -> Vec<u8> {
    workshop.write("block", block);
    let signature = workshop.openssl("pkeyutl -decrypt -inkey key -in block -pkeyopt rsa_padding_mode:none");
    assert_eq!(signature.len(), block.len());
    signature
}

/// Big-endian `a + b`, or `None` on overflow of `a`'s length.
fn add(a: &[u8], b: &[u8]) -> Option<Vec<u8>> {
    assert_eq!(a.len(), b.len());
    let mut sum = vec![0; a.len()];
    let mut carry = 0;
    for at in (0..a.len()).rev() {
        let digit = u16::from(a[at]) + u16::from(b[at]) + carry;
        sum[at] = digit.to_be_bytes()[1];
        carry = digit >> 8;
    }
    (carry == 0).then_some(sum)
}

/// Runs every category for one algorithm; returns how many signatures were judged.
fn run(bits: usize, sign_type: SignType, digest_name: &str, oid: &[u8], other_name: &str) -> usize {
    let workshop = Workshop::new();
    let key = PrivateKey::parse(workshop.rsa_key("key", bits)).unwrap();
    let public: &PublicKey = key.public_key();
    let verifiers = BothVerifiers::new(public);
    let size = public.signature_len();
    let accept = |signature: &[u8]| verifiers.accept(sign_type, MESSAGE, signature);

    workshop.write("message", MESSAGE);
    let digest = workshop.openssl(&format!("dgst -{digest_name} -binary message"));
    let other = workshop.openssl(&format!("dgst -{other_name} -binary message"));
    let mut judged = 0;

    // Valid: OpenSSL's own signature, and the same made from a padding built by hand.
    let signature = workshop.openssl(&format!("dgst -{digest_name} -sign key message"));
    assert!(accept(&signature));
    let info = tlv(0x30, &[&tlv(0x30, &[oid, NULL]), &tlv(0x04, &[&digest])]);
    let by_hand = raw_signature(&workshop, &padded(size, 1, &info));
    assert_eq!(by_hand, signature);
    judged += 2;

    for (name, block) in refused_paddings(size, oid, &digest, &other) {
        assert_eq!(block.len(), size, "{name}");
        assert!(
            !accept(&raw_signature(&workshop, &block)),
            "{sign_type:?}: {name}"
        );
        judged += 1;
    }

    // InvalidSignature, SignatureMalleability: right modulo n, written in another way.
    let modulus = hex(&workshop.private_numbers("key")[1]);
    assert_eq!(modulus.len(), size);
    let malformed = [
        ("empty", vec![]),
        ("all zero", vec![0; size]),
        ("one", [&vec![0; size - 1][..], &[1]].concat()),
        ("the modulus", modulus.clone()),
        ("all ones, above the modulus", vec![0xff; size]),
        ("leading zero", [&[0][..], &signature].concat()),
        ("trailing zero", [&signature[..], &[0]].concat()),
        ("first byte cut", signature[1..].to_vec()),
        ("last byte cut", signature[..size - 1].to_vec()),
        ("twice", signature.repeat(2)),
        ("the padding itself", padded(size, 1, &info)),
        (
            "plus the modulus, one byte longer",
            add(&[&[0][..], &signature].concat(), &[&[0][..], &modulus].concat()).expect("one byte of room"),
        ),
    ];
    // The sum fits the modulus' length for some signatures only: look for a message that has one.
    let signer = key.signer().unwrap();
    let by_openssl = |message: &[u8]| {
        workshop.write("message", message);
        workshop.openssl(&format!("dgst -{digest_name} -sign key message"))
    };
    let mut messages = (0_u16..4096).map(|n| {
        let message = format!("message {n}").into_bytes();
        let signature = signer.sign(sign_type, &message).unwrap();
        (message, signature)
    });
    let (message, signature, above) = messages
        .by_ref()
        .find_map(|(message, signature)| add(&signature, &modulus).map(|above| (message, signature, above)))
        .expect("one of 4096 signatures is small enough");
    assert_eq!(by_openssl(&message), signature);
    assert!(verifiers.accept(sign_type, &message, &signature));
    assert!(!verifiers.accept(sign_type, &message, &above), "plus the modulus");
    judged += 1;
    // A signature that starts with a zero byte is valid only with that byte: about one in 256 does.
    let (message, signature) = messages
        .find(|(_, signature)| signature[0] == 0)
        .expect("one of 4096 signatures starts with a zero byte");
    assert_eq!(by_openssl(&message), signature);
    assert!(verifiers.accept(sign_type, &message, &signature));
    assert!(
        !verifiers.accept(sign_type, &message, &signature[1..]),
        "leading zero cut"
    );
    judged += 2;

    for (name, signature) in &malformed {
        assert!(!accept(signature), "{sign_type:?}: {name}");
    }
    judged + malformed.len()
}

fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("openssl prints hexadecimal"))
        .collect()
}

#[test]
fn sha1_accepts_only_the_one_true_padding() {
    for bits in [1024, 2048] {
        assert_eq!(run(bits, SignType::Rsa, "sha1", SHA1_OID, "sha256"), 56);
    }
}

#[test]
fn sha256_accepts_only_the_one_true_padding() {
    for bits in [1024, 2048, 3072] {
        assert_eq!(run(bits, SignType::Rsa2, "sha256", SHA256_OID, "sha1"), 56);
    }
}
