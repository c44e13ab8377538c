import { Column } from '../../core/column.ts';
import type { LineContent, LineSource } from '../../core/journal.ts';
import { type Asset, type Cause, type Holder, holderFields } from '../assets.ts';
import type { RowNames } from '../assignments.ts';

/** What can happen to a license in somebody's hands. */
const CHANGES = ['associated', 'disassociated', 'used up', 'restored', 'moved'] as const;
export type AssignmentChange = (typeof CHANGES)[number];

/** One change, and the asset's counts after it. */
export interface LoggedChange {
  readonly change: AssignmentChange;
  readonly asset: Asset;
  readonly holder: Holder;
  readonly cause: Cause;
}

/** Every assignment change of a location, for the journal: columns of numbers, because there are millions. */
export class AssignmentLog implements LineSource {
  readonly kind = 'assignment';
  readonly #uId: string;
  readonly #names: RowNames;
  readonly #simulated = new Column(Float64Array);
  readonly #wall = new Column(Float64Array);
  readonly #changes = new Column(Uint8Array);
  readonly #assets = new Column(Uint32Array);
  readonly #holders = new Column(Uint32Array);
  readonly #causes = new Column(Uint32Array);
  readonly #assigned = new Column(Uint32Array);
  readonly #totals = new Column(Uint32Array);

  constructor(uId: string, names: RowNames) {
    this.#uId = uId;
    this.#names = names;
  }

  /** Adds a change at a simulated and a real time (ms) and gives its index. */
  add({ change, asset, holder, cause }: LoggedChange, simulatedMs: number, wallMs: number): number {
    this.#simulated.push(simulatedMs);
    this.#wall.push(wallMs);
    this.#changes.push(CHANGES.indexOf(change));
    this.#assets.push(this.#names.assets.numberOf(asset));
    this.#holders.push(this.#names.holders.numberOf(holder));
    this.#causes.push(this.#names.causes.numberOf(cause));
    this.#assigned.push(asset.assigned);
    this.#totals.push(asset.totalCount);
    return this.#changes.length - 1;
  }

  read(index: number): LineContent {
    const { adamId, pricingParam } = this.#names.assets.at(this.#assets.at(index)).kind;
    return {
      simulatedMs: this.#simulated.at(index),
      wallMs: this.#wall.at(index),
      fields: {
        change: CHANGES[this.#changes.at(index)],
        uId: this.#uId,
        adamId,
        pricingParam,
        ...holderFields(this.#names.holders.at(this.#holders.at(index))),
        ...this.#names.causes.at(this.#causes.at(index)),
        assigned: this.#assigned.at(index),
        total: this.#totals.at(index),
      },
    };
  }
}
