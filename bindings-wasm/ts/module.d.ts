declare module "alipay.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
