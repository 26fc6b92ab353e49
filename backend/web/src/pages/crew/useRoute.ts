/** Where in the page one is: what follows the number sign, so that going back works, and without a network too. */

import { useEffect, useState } from "preact/hooks";

export type Route =
  | { readonly page: "near" }
  | { readonly page: "queue" }
  | { readonly page: "sheet"; readonly subject: string };

const SUBJECT = /^[a-z]{1,32}\/[^/\s]{1,48}$/;

export function routeOf(hash: string): Route {
  const text = hash.replace(/^#/, "");
  if (text === "queue") return { page: "queue" };
  const subject = decoded(text);
  return SUBJECT.test(subject) ? { page: "sheet", subject } : { page: "near" };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

export function useRoute(): Route {
  const [hash, setHash] = useState(window.location.hash);
  useEffect(() => {
    const changed = (): void => {
      setHash(window.location.hash);
      window.scrollTo(0, 0);
    };
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, []);
  return routeOf(hash);
}
