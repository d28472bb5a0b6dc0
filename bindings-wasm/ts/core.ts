/** The whole layer, for the packages that give it an engine. A user sees `public.ts`. */

export { type Engine, type EngineMerchant, type EnginePayment, provideEngine, provideTransport } from "./engine.js";
export * from "./public.js";
