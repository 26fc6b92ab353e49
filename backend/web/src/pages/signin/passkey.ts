/** Asking the browser for a passkey. Its own conversions from and to JSON are too new to count on (2025), so they are here. */

import type { Options } from "../../people/api.ts";

type Json = Readonly<Record<string, unknown>>;

export function passkeysWork(): boolean {
  return typeof window.PublicKeyCredential === "function" && navigator.credentials !== undefined;
}

function bytes(text: unknown): Uint8Array<ArrayBuffer> {
  const plain = atob(String(text).replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer: ArrayBuffer): string {
  const plain = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return plain.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function described(items: unknown): PublicKeyCredentialDescriptor[] {
  return ((items ?? []) as readonly Json[]).map(({ id }) => ({ type: "public-key", id: bytes(id) }));
}

function said(credential: PublicKeyCredential, response: Readonly<Record<string, ArrayBuffer | null>>): Json {
  const written = Object.entries(response).map(([name, value]) => [name, value === null ? null : text(value)]);
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response: Object.fromEntries(written) };
}

/** A new passkey, as the API takes it. Throws DOMException: NotAllowedError where the reader says no. */
export async function create({ publicKey: asked }: Options): Promise<Json> {
  const user = asked.user as Json;
  const publicKey = {
    ...asked,
    challenge: bytes(asked.challenge),
    user: { ...user, id: bytes(user.id) },
    excludeCredentials: described(asked.excludeCredentials),
  } as unknown as PublicKeyCredentialCreationOptions;
  const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
  const { clientDataJSON, attestationObject } = made.response as AuthenticatorAttestationResponse;
  return said(made, { clientDataJSON, attestationObject });
}

/** What one of the reader's passkeys signs. Throws DOMException as `create`. */
export async function get({ publicKey: asked }: Options): Promise<Json> {
  const publicKey = {
    ...asked,
    challenge: bytes(asked.challenge),
    allowCredentials: described(asked.allowCredentials),
  } as unknown as PublicKeyCredentialRequestOptions;
  const found = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
  const { clientDataJSON, authenticatorData, signature, userHandle } = found.response as AuthenticatorAssertionResponse;
  return said(found, { clientDataJSON, authenticatorData, signature, userHandle });
}
