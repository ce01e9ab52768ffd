"""Forms drawn by our templates: label, hint and error belong to their field, for eyes and for screen readers."""

from django.forms.renderers import TemplatesSetting


class LookFormRenderer(TemplatesSetting):
    """The value of Django's setting FORM_RENDERER."""

    form_template_name = "look/forms/form.html"
    field_template_name = "look/forms/field.html"
