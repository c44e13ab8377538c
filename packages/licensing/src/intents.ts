/** What an assignment asks for. */
export type Intent = 'required' | 'available' | 'uninstall';

/** Whom it reaches: people whatever device they use, or devices whoever uses them. */
export type TargetKind = 'user' | 'device';

/** One assignment that reaches a device, itself or through its primary user. */
export interface Hit {
  readonly of: TargetKind;
  readonly kind: Intent | 'exclusion';
}

/** What is asked for, all together; resolved: what holds. */
export interface Intents {
  readonly required: boolean;
  /** The person may ask for the app. */
  readonly available: boolean;
  readonly uninstall: boolean;
}

/**
 * What the targets of one kind ask for. An exclusion takes away the targets of its own kind, and of no other
 * (behavior L39a).
 */
export function intentsOf(kind: TargetKind, hits: readonly Hit[]): Intents {
  const own = hits.filter((hit) => hit.of === kind);
  const excluded = own.some((hit) => hit.kind === 'exclusion');
  const has = (intent: Intent): boolean => !excluded && own.some((hit) => hit.kind === intent);
  return { required: has('required'), available: has('available'), uninstall: has('uninstall') };
}

/**
 * What holds for an app on a device, by the table of conflicts (behaviors, 1c): Required before Uninstall before
 * Available, except that a device's Uninstall leaves a person's Available standing: both come out true, the app goes,
 * and a person who asks for it gets it.
 *
 * @param user what the targets of the device's primary user ask for, @param device what those of the device do
 */
export function resolveIntents(user: Intents, device: Intents): Intents {
  const ofUser = withinKind(user);
  const ofDevice = withinKind(device);
  const required = ofUser.required || ofDevice.required;
  return {
    required,
    available: ofUser.available || (ofDevice.available && (required || !ofUser.uninstall)),
    uninstall: !required && (ofUser.uninstall || ofDevice.uninstall),
  };
}

/** Among targets of one kind Required beats Uninstall, and Uninstall beats Available. */
function withinKind({ required, available, uninstall }: Intents): Intents {
  return {
    required,
    available: available && (required || !uninstall),
    uninstall: uninstall && !required,
  };
}

/** What is to happen with an app on a device. */
export type Outcome = 'install' | 'remove' | 'offer' | 'nothing';

/** @param asked whether the person asked for the app on this device: that beats a device's Uninstall */
export function outcomeOf({ required, available, uninstall }: Intents, asked: boolean): Outcome {
  if (required || (available && asked)) return 'install';
  if (uninstall) return 'remove';
  return available ? 'offer' : 'nothing';
}
