// What holds a key, an auth_code or a buyer's ids shows none of it, neither printed nor dumped. The records of Alipay's
// documents are in Records.swift.

import AlipayEngine

/// Is shown as its description, and never as its fields.
func hidden<T: CustomDebugStringConvertible>(_ value: T) -> Mirror {
    Mirror(value, children: [(label: nil, value: value.debugDescription as Any)])
}

extension Answer: CustomReflectable { public var customMirror: Mirror { hidden(self) } }
extension Call: CustomReflectable { public var customMirror: Mirror { hidden(self) } }
extension FormField: CustomReflectable { public var customMirror: Mirror { hidden(self) } }
extension Heard: CustomReflectable { public var customMirror: Mirror { hidden(self) } }
extension HttpRequest: CustomReflectable { public var customMirror: Mirror { hidden(self) } }
extension Input: CustomReflectable { public var customMirror: Mirror { hidden(self) } }
extension KeyPair: CustomReflectable { public var customMirror: Mirror { hidden(self) } }
extension MerchantOptions: CustomReflectable { public var customMirror: Mirror { hidden(self) } }
extension Notify: CustomReflectable { public var customMirror: Mirror { hidden(self) } }
extension Output: CustomReflectable { public var customMirror: Mirror { hidden(self) } }
extension Parameter: CustomReflectable { public var customMirror: Mirror { hidden(self) } }
extension News: CustomReflectable { public var customMirror: Mirror { hidden(self) } }
extension Trade: CustomReflectable { public var customMirror: Mirror { hidden(self) } }

extension HttpResponse: CustomDebugStringConvertible, CustomReflectable {
    public var debugDescription: String { "HttpResponse(\(status), \(body.count) bytes)" }
    public var customMirror: Mirror { hidden(self) }
}

extension PaymentEvent: CustomDebugStringConvertible, CustomReflectable {
    public var debugDescription: String {
        switch self {
        case .cancel: "cancel"
        case .notify(let body): "notify(\(body.count) bytes)"
        }
    }
    public var customMirror: Mirror { hidden(self) }
}

extension PreparedCall: CustomDebugStringConvertible, CustomReflectable {
    public var debugDescription: String { "PreparedCall(\(signType))" }
    public var customMirror: Mirror { hidden(self) }
}

extension AlipayError: CustomReflectable { public var customMirror: Mirror { hidden(self) } }
