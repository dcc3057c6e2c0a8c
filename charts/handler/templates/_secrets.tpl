{{/* What the handler's Secret holds besides its user's name: passwords, and the variables whose value handler.yaml leaves empty. */}}
{{- define "handler.secretKeys" -}}
{{- $keys := list "password" "database-password" "scaler-password" -}}
{{- range $name, $value := .Values.env -}}
{{- if eq $value "" }}{{ $keys = append $keys $name }}{{ end -}}
{{- end -}}
{{ toJson $keys }}
{{- end }}

{{/* Stops with a sentence when the Secret that `value` names is not there, or lacks one of `keys`. */}}
{{- define "handler.refuseMissingSecret" -}}
{{- $namespace := .root.Release.Namespace -}}
{{- $name := .root.Values -}}
{{- range splitList "." .value }}{{ $name = get $name . }}{{ end -}}
{{- $secret := lookup "v1" "Secret" $namespace $name -}}
{{- if not $secret -}}
{{- fail (printf "%s: there is no Secret %s in the namespace %s" .value $name $namespace) -}}
{{- end -}}
{{- $value := .value -}}
{{- range .keys -}}
{{- if not (hasKey ($secret.data | default dict) .) -}}
{{- fail (printf "%s: the Secret %s has no key %s" $value $name .) -}}
{{- end -}}
{{- end -}}
{{- end }}
