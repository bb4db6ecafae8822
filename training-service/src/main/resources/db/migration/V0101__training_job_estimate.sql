-- What the job was reckoned to need at its submission; null if that could not be told, or of earlier builds.
ALTER TABLE training_job ADD COLUMN estimate jsonb;
