// The same from CommonJS.

import core = require('@alipay-core/node');

const alipay: core.Alipay = new core.Alipay({ appId: '2014072300007148', alipayPublicKey: '…' });
const fen: string = core.chargeAmount('88.88').fen;
const name: 'native' | 'wasm' = core.engine().name;

// @ts-expect-error there is no such function
core.charge('88.88');

export = { alipay, fen, name };
