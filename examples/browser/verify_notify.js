// Verifies a notification in the page: nothing is sent anywhere, and no private key is needed.

import { Alipay, init } from '@alipay-core/wasm';

const ready = init(); // loads the WebAssembly module

document.querySelector('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const { appId, alipayPublicKey, body } = Object.fromEntries(new FormData(event.target));
  const output = document.querySelector('output');
  try {
    await ready;
    const notify = new Alipay({ appId, alipayPublicKey }).verifyNotify(body.trim());
    output.value = `genuine: order ${notify.outTradeNo} is ${notify.fields.trade_status}`;
  } catch (error) {
    output.value = `not to be believed: ${error.message}`; // error.code is the same word in every language
  }
});
