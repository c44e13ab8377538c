import { isDictionary, type PlistDictionary } from '../plist/values.ts';
import { integer, text } from './fields.ts';

/** One link of Apple's chain of causes, the outermost first. Codes differ by OS: a hint only. */
export interface DeviceErrorLink {
  code: number | undefined;
  domain: string | undefined;
  description: string | undefined;
  englishDescription: string | undefined;
}

/** Real chains have a handful of links; they are stored as they come. */
const MAX_ERROR_LINKS = 32;

/** The chain of causes beside an Error; empty where there is none. */
export function readErrorChain(message: PlistDictionary): DeviceErrorLink[] {
  const chain = message['ErrorChain'];
  if (!Array.isArray(chain)) return [];
  return chain
    .slice(0, MAX_ERROR_LINKS)
    .filter(isDictionary)
    .map((link) => ({
      code: integer(link, 'ErrorCode'),
      domain: text(link, 'ErrorDomain'),
      description: text(link, 'LocalizedDescription', 4096),
      englishDescription: text(link, 'USEnglishDescription', 4096),
    }));
}
