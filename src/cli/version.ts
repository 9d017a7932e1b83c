import metadata from "../../package.json" with { type: "json" };

/** The version of Tandem, from package.json; the bundler puts it in. */
export const version: string = metadata.version;
