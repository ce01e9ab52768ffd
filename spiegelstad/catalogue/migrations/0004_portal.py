"""The portal: its search index, kept by a trigger so that no act can forget it; questions, showcases."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import spiegelstad.base.ids
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION catalogue_plain(given text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT lower(unaccent(left(coalesce(given, ''), 100000)))
$$;

-- Dutch by Dutch stems, English by English ones, other languages as they are.
CREATE FUNCTION catalogue_vector(texts jsonb, weight "char") RETURNS tsvector LANGUAGE sql STABLE AS $$
    SELECT setweight(
        to_tsvector('dutch', catalogue_plain(texts ->> 'nl')) || to_tsvector('english', catalogue_plain(texts ->> 'en'))
        || to_tsvector('simple', catalogue_plain((texts - '{nl,en}'::text[])::text)), weight)
$$;

CREATE FUNCTION catalogue_index(d catalogue_dataset) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v catalogue_version;
    columns jsonb;
    names text;
    meanings jsonb;
    described text;
    has_map boolean;
    formats text[];
BEGIN
    SELECT * INTO v FROM catalogue_version WHERE id = d.current_id;
    columns := coalesce(v.columns, d.columns);
    SELECT coalesce(string_agg(c ->> 'name', ' '), ''),
           jsonb_build_object('nl', string_agg(c -> 'description' ->> 'nl', ' '),
                              'en', string_agg(c -> 'description' ->> 'en', ' ')),
           count(DISTINCT coalesce(nullif(c ->> 'role', ''), c ->> 'name')) FILTER (
               WHERE coalesce(nullif(c ->> 'role', ''), c ->> 'name') IN ('lon', 'lat')) = 2
        INTO names, meanings, has_map FROM jsonb_array_elements(columns) c;
    names := replace(names, '_', ' ');
    SELECT coalesce(array_agg(DISTINCT upper(x ->> 'format')) FILTER (WHERE x ->> 'format' <> ''), '{}')
        INTO formats FROM jsonb_array_elements(d.distributions) x;
    has_map := columns @> '[{"type": "BLOB"}]' OR has_map
        OR formats && '{GEOJSON,SHP,GML,GPKG,KML,KMZ,WMS_SRVC,WFS_SRVC,WMTS_SRVC}';
    IF v.id IS NOT NULL THEN
        formats := '{CSV,JSON,PARQUET,XLSX}';
        IF has_map THEN formats := formats || '{GEOJSON}'; END IF;
    END IF;
    described := concat_ws(' ', d.source ->> 'publisher', d.source ->> 'name', d.department, replace(d.slug, '-', ' '));
    INSERT INTO catalogue_searchentry AS e (
        dataset_id, tenant_id, classification, department, status, theme, licence_uri, frequency, hvd_category, formats,
        tags, has_map, is_frozen, renewed_at, titles, vector)
    VALUES (
        d.id, d.tenant_id, d.classification, d.department, d.status, d.theme, d.licence_uri, d.frequency,
        d.hvd_category, formats, lower(d.keywords::text)::jsonb, has_map,
        coalesce(v.lineage ->> 'activity' = 'freeze', false), v.published_at,
        (SELECT coalesce(jsonb_object_agg(key, catalogue_plain(value)), '{}') FROM jsonb_each_text(d.title)),
        catalogue_vector(d.title, 'A') || catalogue_vector(d.keywords, 'B') || catalogue_vector(meanings, 'C')
        || setweight(to_tsvector('simple', catalogue_plain(names)), 'C') || catalogue_vector(d.description, 'D')
        || setweight(to_tsvector('simple', catalogue_plain(described)), 'D'))
    ON CONFLICT (dataset_id) DO UPDATE SET
        classification = excluded.classification, department = excluded.department, status = excluded.status,
        theme = excluded.theme, licence_uri = excluded.licence_uri, frequency = excluded.frequency,
        hvd_category = excluded.hvd_category, formats = excluded.formats, tags = excluded.tags,
        has_map = excluded.has_map, is_frozen = excluded.is_frozen, renewed_at = excluded.renewed_at,
        titles = excluded.titles, vector = excluded.vector;
    INSERT INTO catalogue_searchword (tenant_id, word)
    SELECT d.tenant_id, word FROM (
        SELECT DISTINCT regexp_split_to_table(
            catalogue_plain(concat_ws(' ', d.title, d.keywords, meanings, names, d.description)), '[^[:alnum:]]+'
        ) AS word) found
    WHERE length(word) BETWEEN 3 AND 40 AND word !~ '^[0-9]+$'
    LIMIT 2000
    ON CONFLICT DO NOTHING;
END $$;

CREATE FUNCTION catalogue_dataset_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM catalogue_index(NEW);
    RETURN NULL;
END $$;
CREATE TRIGGER kept_in_index AFTER INSERT OR UPDATE ON catalogue_dataset
    FOR EACH ROW EXECUTE FUNCTION catalogue_dataset_changed();
SELECT catalogue_index(d) FROM catalogue_dataset d;
"""
BACKWARD = """
DROP TRIGGER kept_in_index ON catalogue_dataset;
DROP FUNCTION catalogue_dataset_changed();
DROP FUNCTION catalogue_index(catalogue_dataset);
DROP FUNCTION catalogue_vector(jsonb, "char");
DROP FUNCTION catalogue_plain(text);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('catalogue', '0003_described'),
        ('base', '0002_cache'),
    ]

    operations = [
        migrations.CreateModel(
            name='Question',
            fields=[
                ('id', models.UUIDField(default=spiegelstad.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=10)),
                ('text', models.TextField(help_text='as it was sent; shown to the steward')),
                ('name', models.CharField(blank=True, max_length=100)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('asked_at', models.DateTimeField()),
                ('state', models.CharField(max_length=10)),
                ('public_text', models.TextField(blank=True, help_text='the question as the steward made it fit to be public')),
                ('answer', models.TextField(blank=True)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('dataset', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='questions', to='catalogue.dataset')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', 'state', '-asked_at'], name='question_state')],
            },
        ),
        migrations.CreateModel(
            name='SearchEntry',
            fields=[
                ('dataset', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='catalogue.dataset')),
                ('classification', models.CharField(max_length=20)),
                ('department', models.CharField(blank=True, max_length=60)),
                ('status', models.CharField(max_length=20)),
                ('theme', models.CharField(max_length=40)),
                ('licence_uri', models.CharField(max_length=300)),
                ('frequency', models.CharField(blank=True, max_length=20)),
                ('hvd_category', models.CharField(blank=True, max_length=20)),
                ('formats', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('tags', models.JSONField(help_text='keywords by language')),
                ('has_map', models.BooleanField()),
                ('is_frozen', models.BooleanField(help_text='made by ourselves so that figures stay verifiable')),
                ('renewed_at', models.DateTimeField(null=True)),
                ('titles', models.JSONField(help_text='by language, to sort by')),
                ('vector', django.contrib.postgres.search.SearchVectorField()),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.tenant')),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['vector'], name='search_entry_vector')],
            },
        ),
        migrations.CreateModel(
            name='SearchWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.CharField(max_length=40)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.tenant')),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['word'], name='search_word_trigrams', opclasses=['gin_trgm_ops'])],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'word'), name='search_word_once')],
            },
        ),
        migrations.CreateModel(
            name='Showcase',
            fields=[
                ('id', models.UUIDField(default=spiegelstad.base.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('title', models.CharField(max_length=120)),
                ('url', models.URLField(max_length=500)),
                ('description', models.TextField()),
                ('maker', models.CharField(help_text='public: an organisation, or the name somebody gives', max_length=100)),
                ('email', models.EmailField(blank=True, help_text='for the steward only', max_length=254)),
                ('datasets', django.contrib.postgres.fields.ArrayField(base_field=models.SlugField(max_length=80), size=None)),
                ('sent_at', models.DateTimeField()),
                ('state', models.CharField(max_length=10)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', 'state', '-sent_at'], name='showcase_state'), django.contrib.postgres.indexes.GinIndex(fields=['datasets'], name='showcase_datasets')],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
