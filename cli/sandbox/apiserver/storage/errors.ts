/** Something is stored under that name. */
export class AlreadyStored extends Error {
  override readonly name = 'AlreadyStored';
}

/** What was expected to be stored is not what is stored now: read again, decide again. */
export class StorageConflict extends Error {
  override readonly name = 'StorageConflict';
}

/** The write was not made, because it could not be kept: the disk is full, or gone. */
export class StorageUnavailable extends Error {
  override readonly name = 'StorageUnavailable';
}
