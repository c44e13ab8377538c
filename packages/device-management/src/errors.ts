/** Base of everything this package throws on purpose: `code` is stable, `message` is for people. */
export abstract class DeviceManagementError extends Error {
  abstract readonly code: string;
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

export type MessageErrorCode =
  | 'tooLarge'
  | 'tooDeep'
  | 'tooManyElements'
  | 'binaryPlist'
  | 'notUtf8'
  | 'forbiddenMarkup'
  | 'malformed'
  | 'invalidField';

/** What a device sent is not a message of Apple's protocol, or not one we accept. */
export class MessageError extends DeviceManagementError {
  readonly code: MessageErrorCode;
  constructor(code: MessageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type SignatureErrorCode =
  | 'missing'
  | 'malformed'
  | 'unsupported'
  | 'digestMismatch'
  | 'signatureMismatch'
  | 'certificateUntrusted'
  | 'certificateNotYetValid'
  | 'certificateExpired';

/** The `Mdm-Signature` of a message does not prove who sent it. */
export class SignatureError extends DeviceManagementError {
  readonly code: SignatureErrorCode;
  constructor(code: SignatureErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type CommandErrorCode = 'invalidAdamId' | 'invalidArgument';

/** A command was asked for that no device could understand. */
export class CommandError extends DeviceManagementError {
  readonly code: CommandErrorCode;
  constructor(code: CommandErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type PushErrorCode = 'unreachable' | 'timeout' | 'aborted' | 'closed' | 'connectionLost';

/** No answer came from the push service; whether it took the push is unknown. */
export class PushError extends DeviceManagementError {
  readonly code: PushErrorCode;
  constructor(code: PushErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type CertificateErrorCode = 'malformed' | 'noTopic' | 'keyMismatch' | 'chainIncomplete';

/** A certificate handed to us cannot do the work it is meant for. */
export class CertificateError extends DeviceManagementError {
  readonly code: CertificateErrorCode;
  constructor(code: CertificateErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type ServerTokenErrorCode = 'otherFile' | 'otherKey' | 'damaged';

/** A file is not a server token of device enrollment that we can open. The message says what to do. */
export class ServerTokenError extends DeviceManagementError {
  readonly code: ServerTokenErrorCode;
  constructor(code: ServerTokenErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
