/** A request that breaks the protocol's rules; the message names the option and what would be right. */
export class ODataError extends Error {
  override readonly name = 'ODataError';
  /** The query option or path segment that is wrong, such as `$filter`. */
  readonly option: string;

  constructor(option: string, message: string) {
    super(message);
    this.option = option;
  }
}
