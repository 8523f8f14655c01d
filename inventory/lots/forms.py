"""The form of a lot: its dates and a note. Item and number stay."""

from typing import Any

from django import forms

from inventory.lots.models import Lot


class LotForm(forms.ModelForm):
    class Meta:
        model = Lot
        fields = ("produced_on", "expires_on", "note")
        widgets = {name: forms.DateInput({"type": "date"}, format="%Y-%m-%d") for name in ("produced_on", "expires_on")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["expires_on"].required = self.instance.item.has_expiry and not self.instance.item.shelf_life_days
