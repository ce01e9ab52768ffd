"""How allauth makes our people."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from spiegelstad.accounts.models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Names a new person after the first part of the e-mail address until they say otherwise."""

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Fill in the name, then save as allauth does."""
        user.name = form.cleaned_data["email"].split("@")[0]
        return super().save_user(request, user, form, commit)  # type: ignore[no-any-return]
