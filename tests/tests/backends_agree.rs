//! PKCS#1 v1.5 is deterministic: both backends and the `openssl` command line give the same bytes.

use alipay_core::{
    key::PrivateKey,
    sign::{SignType, Signer, aws::AwsSigner, pure::PureSigner},
};
use conformance::{backends::BothVerifiers, openssl::Workshop};

const MESSAGES: usize = 1000;
const BIG: usize = (1 << 20) + 1;

/// A small generator (xorshift64*), so that a failing message can be made again.
struct Stream(u64);

impl Stream {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).expect("a small bound");
        usize::try_from(self.next() % bound).expect("smaller than the bound")
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next().to_be_bytes()[0]).collect()
    }
}

/// Empty, every length around SHA-256's block borders, more than a mebibyte, then binary, Chinese and
/// canonical-string-like text by turns.
fn message(index: usize, stream: &mut Stream) -> Vec<u8> {
    const TEXT: [&str; 8] = [
        "特价手机",
        "🍜",
        "Iphone6 16G",
        "&",
        "=",
        "\u{3000}",
        "雪碧",
        "\r\n",
    ];
    match index {
        0..=130 => stream.bytes(index),
        131 => stream.bytes(BIG),
        _ => match index % 3 {
            0 => {
                let length = stream.below(4096);
                stream.bytes(length)
            }
            1 => (0..=stream.below(300))
                .map(|_| TEXT[stream.below(TEXT.len())])
                .collect::<String>()
                .into_bytes(),
            _ => (0..=stream.below(20))
                .map(|n| format!("key{n}={:x}&", stream.next()))
                .collect::<String>()
                .into_bytes(),
        },
    }
}

fn openssl_signature(workshop: &Workshop, file: &str, digest: &str, message: &[u8]) -> Vec<u8> {
    let input = format!("{file}.bin");
    workshop.write(&input, message);
    workshop.openssl(&format!("dgst -{digest} -sign {file} {input}"))
}

/// Flips one bit in each of a few places of the signature and of the message: all are refused.
fn assert_flips_are_refused(
    verifiers: &BothVerifiers,
    sign_type: SignType,
    message: &[u8],
    signature: &[u8],
    stream: &mut Stream,
) {
    let flipped = |bytes: &[u8], stream: &mut Stream| {
        let mut bytes = bytes.to_vec();
        let at = stream.below(bytes.len());
        bytes[at] ^= 1 << stream.below(8);
        bytes
    };
    assert!(!verifiers.accept(sign_type, message, &flipped(signature, stream)));
    if message.is_empty() {
        assert!(!verifiers.accept(sign_type, b"\0", signature));
    } else {
        assert!(!verifiers.accept(sign_type, &flipped(message, stream), signature));
    }
}

#[test]
fn both_backends_and_openssl_sign_1000_messages_identically() {
    let workshop = Workshop::new();
    let key = PrivateKey::parse(workshop.rsa_key("key", 2048)).unwrap();
    let mut stream = Stream(0x5EED_0001);
    let messages: Vec<_> = (0..MESSAGES).map(|i| message(i, &mut stream)).collect();
    assert!(messages[0].is_empty());
    assert!(messages.iter().any(|m| m.len() > 1 << 20));

    let verifiers = BothVerifiers::new(key.public_key());
    let pure = PureSigner::new(&key);
    let aws = AwsSigner::new(&key).unwrap();
    // Two workers, since most of the time goes to starting `openssl`.
    let signed: usize = std::thread::scope(|scope| {
        let workers: Vec<_> = messages
            .chunks(MESSAGES / 2)
            .map(|half| {
                let (workshop, verifiers, pure, aws, key) =
                    (Workshop::new(), &verifiers, &pure, &aws, &workshop);
                workshop.write("key", key.read("key"));
                scope.spawn(move || {
                    let mut stream = Stream(0x5EED_0002);
                    for message in half {
                        let expected = openssl_signature(&workshop, "key", "sha256", message);
                        assert_eq!(expected.len(), 256);
                        assert!(pure.sign(SignType::Rsa2, message).unwrap() == expected, "pure");
                        assert!(aws.sign(SignType::Rsa2, message).unwrap() == expected, "aws-lc");
                        assert!(verifiers.accept(SignType::Rsa2, message, &expected));
                        assert!(!verifiers.accept(SignType::Rsa, message, &expected));
                        assert_flips_are_refused(verifiers, SignType::Rsa2, message, &expected, &mut stream);
                    }
                    half.len()
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    assert_eq!(signed, MESSAGES);
}

#[test]
fn every_size_and_both_algorithms_agree_with_openssl() {
    let workshop = Workshop::new();
    let mut stream = Stream(0x5EED_0003);
    let mut compared = 0;
    // Odd sizes exist in the field: a modulus whose top byte is not full.
    for bits in [1024, 1025, 2041, 2047, 2048, 2050, 3072, 4096] {
        let file = format!("key{bits}");
        let key = PrivateKey::parse(workshop.rsa_key(&file, bits)).unwrap();
        assert_eq!(key.public_key().bits(), bits);
        let mut signers: Vec<Box<dyn Signer>> = vec![Box::new(PureSigner::new(&key))];
        if key.public_key().is_weak() {
            assert!(bits < 2048);
        } else {
            signers.push(Box::new(AwsSigner::new(&key).unwrap()));
        }
        let verifiers = BothVerifiers::new(key.public_key());
        for (sign_type, digest) in [(SignType::Rsa2, "sha256"), (SignType::Rsa, "sha1")] {
            for index in [0, 64, 200, 201, 202] {
                let message = message(index, &mut stream);
                let expected = openssl_signature(&workshop, &file, digest, &message);
                assert_eq!(expected.len(), key.public_key().signature_len());
                for signer in &signers {
                    assert!(
                        signer.sign(sign_type, &message).unwrap() == expected,
                        "{bits} {sign_type:?} {signer:?}"
                    );
                    compared += 1;
                }
                assert!(verifiers.accept(sign_type, &message, &expected));
                assert_flips_are_refused(&verifiers, sign_type, &message, &expected, &mut stream);
            }
        }
        // The signer that a caller gets is one of those.
        let message = message(300, &mut stream);
        let expected = openssl_signature(&workshop, &file, "sha256", &message);
        assert!(key.signer().unwrap().sign(SignType::Rsa2, &message).unwrap() == expected);
        let verifier = key.public_key().verifier().unwrap();
        assert!(verifier.verify(SignType::Rsa2, &message, &expected).is_ok());
    }
    assert_eq!(compared, (8 + 4) * 10);
}

#[test]
fn a_public_exponent_of_3_signs_like_openssl() {
    let workshop = Workshop::new();
    workshop.openssl(
        "genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3 -out key",
    );
    let key = PrivateKey::parse(workshop.read("key")).unwrap();
    let expected = openssl_signature(&workshop, "key", "sha256", b"three");
    let signer = key.signer().unwrap();
    assert!(signer.sign(SignType::Rsa2, b"three").unwrap() == expected);
    assert!(PureSigner::new(&key).sign(SignType::Rsa2, b"three").unwrap() == expected);
    assert!(BothVerifiers::new(key.public_key()).accept(SignType::Rsa2, b"three", &expected));
}
