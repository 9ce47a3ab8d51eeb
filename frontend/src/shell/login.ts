/** The way back in when a session has ended. */

/** Where to log in so that this page comes back; undefined when the answer names no login page. */
export function loginAddress(login: string | null, page: string): string | undefined {
  return login?.startsWith("/") === true ? `${login}?next=${encodeURIComponent(page)}` : undefined;
}
