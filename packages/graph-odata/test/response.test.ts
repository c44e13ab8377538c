import { describe, expect, it } from 'vitest';
import {
  annotate,
  collectionBody,
  entityBody,
  type EntityType,
  errorBody,
  isTypeOrBase,
  metadataLevel,
  project,
} from '../src/index.ts';

const app: EntityType = {
  name: 'iosVppApp',
  base: 'mobileApp',
  properties: { id: 'both', displayName: 'both', vppTokenId: 'beta' },
  navigation: ['assignments'],
};
const pages = { id: '1', displayName: 'Pages', vppTokenId: '9', extra: 1 };
const origin = {
  root: 'https://host/beta',
  set: 'deviceAppManagement/mobileApps',
  metadata: 'minimal',
} as const;

describe('projection', () => {
  it('shows each version its properties, with the type where it is derived', () => {
    expect(project(app, 'beta', pages, undefined)).toEqual({
      '@odata.type': '#microsoft.graph.iosVppApp',
      id: '1',
      displayName: 'Pages',
      vppTokenId: '9',
    });
    expect(project(app, 'v1.0', { id: '1' }, undefined)).toEqual({
      '@odata.type': '#microsoft.graph.iosVppApp',
      id: '1',
      displayName: null,
    });
  });

  it('keeps to the selection', () => {
    expect(project({ ...app, base: 'x' }, 'beta', pages, ['DISPLAYNAME'])).toEqual({
      '@odata.type': '#microsoft.graph.iosVppApp',
      displayName: 'Pages',
    });
  });

  it('knows a type and its base', () => {
    expect(isTypeOrBase(app, '#microsoft.graph.mobileApp')).toBe(true);
    expect(isTypeOrBase(app, 'graph.IOSVPPAPP')).toBe(true);
    expect(isTypeOrBase(app, 'managedApp')).toBe(false);
  });
});

describe('metadata levels', () => {
  it('are read from Accept', () => {
    expect(metadataLevel('application/json;odata.metadata=FULL')).toBe('full');
    expect(metadataLevel('application/json')).toBe('minimal');
    expect(metadataLevel(undefined)).toBe('minimal');
  });

  it('none leaves only count and next link', () => {
    const none = { ...origin, metadata: 'none' } as const;
    const entity = annotate(none, app, project(app, 'beta', pages, undefined));
    expect(Object.keys(entity)).toEqual(['id', 'displayName', 'vppTokenId']);
    expect(collectionBody(none, { value: [entity], count: 1, nextLink: 'https://n' })).toEqual({
      '@odata.count': 1,
      '@odata.nextLink': 'https://n',
      value: [entity],
    });
    expect(entityBody(none, entity)).toEqual(entity);
  });

  it('minimal names the context', () => {
    expect(entityBody(origin, pages)['@odata.context']).toBe(
      'https://host/beta/$metadata#deviceAppManagement/mobileApps/$entity',
    );
    expect(collectionBody(origin, { value: [], count: undefined, nextLink: undefined })).toEqual({
      '@odata.context': 'https://host/beta/$metadata#deviceAppManagement/mobileApps',
      value: [],
    });
  });

  it('full links to what belongs to the entity', () => {
    const entity = annotate({ ...origin, metadata: 'full' }, app, pages);
    expect(entity['assignments@odata.navigationLink']).toBe(
      "https://host/beta/deviceAppManagement/mobileApps('1')/assignments",
    );
    expect(entity['@odata.type']).toBe('#microsoft.graph.iosVppApp');
  });
});

describe('errors', () => {
  it('carry the request ids and a time without a zone', () => {
    const at = new Date('2026-03-04T05:06:07.890Z');
    expect(
      errorBody('BadRequest', 'No.', { at, requestId: 'r', clientRequestId: 'c', reason: 'why' }),
    ).toEqual({
      error: {
        code: 'BadRequest',
        message: 'No.',
        innerError: {
          code: 'why',
          date: '2026-03-04T05:06:07',
          'request-id': 'r',
          'client-request-id': 'c',
        },
      },
    });
  });
});
