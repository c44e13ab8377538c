export interface Intents {
  readonly required: boolean;
  readonly available: boolean;
  readonly uninstall: boolean;
}
const kind = (s: Intents): Intents => ({
  required: s.required,
  uninstall: s.uninstall && !s.required,
  available: s.available && (s.required || !s.uninstall),
});
export function resolveIntents(user: Intents, device: Intents): Intents {
  const [u, d] = [kind(user), kind(device)];
  const required = u.required || d.required;
  return {
    required,
    available: u.available || (d.available && (required || !u.uninstall)),
    uninstall: !required && (u.uninstall || d.uninstall),
  };
}
