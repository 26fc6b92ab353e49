/** What all devices of a crew's day are told, as the city gives it to a signed-in crew, or as a site file says it (sitefile.ts). */

export interface SiteGateway {
  readonly kid?: string | null;
  readonly public?: string | null;
  readonly host?: string | null;
  readonly port?: number | null;
  readonly ca?: string | null;
  readonly name?: string | null;
  readonly username?: string | null;
  readonly password?: string | null;
}

/** Kept in the page's memory alone: it has the password of the Wi-Fi. */
export interface Site {
  readonly realm: string;
  readonly url: string;
  readonly support: string;
  readonly gateway: SiteGateway;
  readonly wifi: { readonly ssid: string; readonly password: string; readonly power_save?: string | null } | null;
  readonly keys: Readonly<Record<string, string | null>>;
  readonly place: Readonly<Record<string, string | number | null>>;
  readonly version: string | null;
  readonly model: string | null;
  /** Whether the gateway's broker needs an account for each device, which the city makes. */
  readonly account: boolean;
  /** What the operator has devices do, once it is signed at the desk. */
  readonly configuration: readonly string[];
}

export interface Account {
  readonly username: string;
  readonly password: string;
}
