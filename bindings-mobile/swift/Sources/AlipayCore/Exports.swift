// The data that crosses from Rust, under the names that users of this package see.

import AlipayEngine

public typealias MerchantOptions = AlipayEngine.MerchantOptions
public typealias Parameter = AlipayEngine.Parameter
public typealias Call = AlipayEngine.Call
public typealias HttpRequest = AlipayEngine.HttpRequest
public typealias Answer = AlipayEngine.Answer
public typealias Notify = AlipayEngine.Notify
public typealias NotifyVariant = AlipayEngine.NotifyVariant

public typealias Policy = AlipayEngine.Policy
public typealias PolicyPreset = AlipayEngine.PolicyPreset
public typealias Output = AlipayEngine.Output
public typealias Input = AlipayEngine.Input
public typealias Start = AlipayEngine.Start
public typealias Restored = AlipayEngine.Restored
public typealias News = AlipayEngine.News
public typealias Outcome = AlipayEngine.Outcome
public typealias Trade = AlipayEngine.Trade
public typealias Heard = AlipayEngine.Heard
public typealias PaymentState = AlipayEngine.PaymentState
public typealias Phase = AlipayEngine.Phase
public typealias RequestKind = AlipayEngine.RequestKind
public typealias Wake = AlipayEngine.Wake
public typealias Failure = AlipayEngine.Failure
public typealias DeclineReason = AlipayEngine.DeclineReason
public typealias ConflictReason = AlipayEngine.ConflictReason
public typealias UnresolvedReason = AlipayEngine.UnresolvedReason

public typealias SignType = AlipayEngine.SignType
public typealias ApiVersion = AlipayEngine.ApiVersion
public typealias Charset = AlipayEngine.Charset
public typealias KeyInfo = AlipayEngine.KeyInfo
public typealias KeyPair = AlipayEngine.KeyPair
public typealias AmountValue = AlipayEngine.AmountValue
public typealias FormField = AlipayEngine.FormField
public typealias BusinessCode = AlipayEngine.BusinessCode
/// Who must act on a business code.
public typealias BusinessActor = AlipayEngine.Actor
/// What a business code says about the payment.
public typealias BusinessClass = AlipayEngine.Class
public typealias ErrorCode = AlipayEngine.ErrorCode
public typealias Fault = AlipayEngine.Fault
