/** The types of the wire model. Where this layer has a type of its own (`Call`, `Answer`, `Prepared`), that one is meant. */

export type * from "./generated.js";
