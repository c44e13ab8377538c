import type { AppLine } from './lines.ts';

/** Apps made up for organizations: custom apps that only content tokens show. */
export const CUSTOM_APPS: readonly AppLine[] = [
  [
    '6900000001',
    'org.example.district.hallpass',
    'Hall Pass',
    'Example District',
    'Education',
    'pi',
  ],
  [
    '6900000002',
    'org.example.district.busroutes',
    'Bus Routes',
    'Example District',
    'Navigation',
    'pi',
  ],
  [
    '6900000003',
    'org.example.district.lunch',
    'Lunch Counter',
    'Example District',
    'Food & Drink',
    'i',
  ],
  [
    '6900000004',
    'org.example.district.library',
    'School Library',
    'Example District',
    'Reference',
    'pim',
  ],
  [
    '6900000005',
    'com.example.company.fieldservice',
    'Field Service',
    'Example Company',
    'Business',
    'pi',
    { paid: true },
  ],
  [
    '6900000006',
    'com.example.company.warehouse',
    'Warehouse Scanner',
    'Example Company',
    'Business',
    'p',
    { paid: true },
  ],
  ['6900000007', 'com.example.company.expenses', 'Expenses', 'Example Company', 'Finance', 'pi'],
  [
    '6900000008',
    'com.example.company.signage',
    'Lobby Signage',
    'Example Company',
    'Business',
    'pit',
  ],
  [
    '6900000009',
    'com.example.company.safety',
    'Site Safety',
    'Example Company',
    'Business',
    'pi',
    { minimumOs: '18.0' },
  ],
];

/** Books out of copyright, under made-up Adam IDs. */
export const BOOKS: readonly (readonly [
  adamId: string,
  name: string,
  author: string,
  genre: string,
])[] = [
  ['1900000001', 'Pride and Prejudice', 'Jane Austen', 'Fiction & Literature'],
  ['1900000002', 'Frankenstein', 'Mary Shelley', 'Fiction & Literature'],
  ['1900000003', 'The Time Machine', 'H. G. Wells', 'Sci-Fi & Fantasy'],
  ['1900000004', 'Alice’s Adventures in Wonderland', 'Lewis Carroll', 'Kids'],
  [
    '1900000005',
    'The Adventures of Sherlock Holmes',
    'Arthur Conan Doyle',
    'Mysteries & Thrillers',
  ],
  ['1900000006', 'On the Origin of Species', 'Charles Darwin', 'Science & Nature'],
  ['1900000007', 'The Art of War', 'Sun Tzu', 'History'],
  ['1900000008', 'Walden', 'Henry David Thoreau', 'Nonfiction'],
  ['1900000009', 'Twenty Thousand Leagues Under the Seas', 'Jules Verne', 'Sci-Fi & Fantasy'],
  ['1900000010', 'Flatland', 'Edwin A. Abbott', 'Fiction & Literature'],
];
