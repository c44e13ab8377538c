import { ContentInfo, SignedData, id_ContentType_SignedData } from 'pkijs';

import { FieldError } from '../messages/plist-fields.ts';

/**
 * The XML of a downloaded profile: as it is, or out of a CMS signature, which has to hold. Who signed does
 * not matter to a device; it only shows it.
 * @throws FieldError when it is neither XML nor validly signed
 */
export async function unwrapProfile(body: Buffer): Promise<string> {
  if (body[0] !== 0x30) return body.toString('utf8');
  try {
    return await openSigned(readSigned(body));
  } catch (error) {
    if (error instanceof FieldError) throw error;
    throw new FieldError('The profile is neither XML nor validly signed.', { cause: error });
  }
}

async function openSigned(signed: SignedData): Promise<string> {
  const content = signed.encapContentInfo.eContent?.getValue();
  if (content === undefined) throw new FieldError('The signed profile holds no content.');
  if (!(await signed.verify({ signer: 0, checkChain: false })))
    throw new FieldError('The signature of the profile does not fit its content.');
  return Buffer.from(content).toString('utf8');
}

function readSigned(body: Buffer): SignedData {
  const content = ContentInfo.fromBER(body);
  if (content.contentType !== id_ContentType_SignedData)
    throw new FieldError('The profile is not signed data.');
  return new SignedData({ schema: content.content });
}
